/** Returns a text without accents and in lower case, which make no difference to a search, an erasure or a guess. */
export const fold = (text: string): string => withoutMarks(text).toLowerCase()

/** Also takes apart what Unicode has as one character (NFKD). */
export const withoutMarks = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '')
