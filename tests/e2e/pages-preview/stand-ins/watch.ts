/** Stands in for `messages/watch`: in a picture, nothing changes. */
export const watch = () => () => undefined
