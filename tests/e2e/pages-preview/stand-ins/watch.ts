/** Stands in for `messages/watch`: nothing changes in a picture. */
export const watch = () => () => undefined
