import { readableName } from './readable-name.ts'

/**
 * Letters, numbers, and the signs of plain sentences. Everything else could be, or look like, a quotation mark: so do some modifier
 * letters, arrows and marks that stand on no letter.
 */
const unquotable =
  /[^\p{Lu}\p{Ll}\p{Lt}\p{Lo}\p{M}\p{Extender}\p{N}\p{Sc}\p{Dash}\p{Terminal_Punctuation} ()[\]/%&+=*#@_…°·¿¡]|[ײᐥᐦ]|(?<![\p{L}\p{N}\p{M}])\p{M}/gu

/** Cleans a text from outside to stand in quotation marks: one line, in which nothing looks like the end of the quotation. */
export const quotable = (text: string): string =>
  readableName(text, Number.POSITIVE_INFINITY)
    .replace(unquotable, "'")
    .replace(/'(?: ?')+/g, "'")
    .replace(/^[' ]+|[' ]+$/g, '')

/** Letters of the scripts that are written from the right to the left. */
const fromTheRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u

/** Isolates a name whose direction would otherwise change the order of the words, numbers and brackets around it. */
export const isolated = (name: string): string => (fromTheRight.test(name) ? `\u2068${name}\u2069` : name)
