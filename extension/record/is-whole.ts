/** Whether an answer is whole, so that what it lacks may be called absent: "nothing on file" is said of no other. */
export const isWhole = ({ cut, omitted = 0 }: { cut: boolean; omitted?: number }): boolean =>
  !cut && omitted === 0
