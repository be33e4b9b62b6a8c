/** Scrolls to a part of the page and moves the focus to its heading, which has the part's id and `-title`. */
export const showPart = (id: string): void => {
  document.getElementById(id)?.scrollIntoView()
  document.getElementById(`${id}-title`)?.focus({ preventScroll: true })
}
