import type { Problem } from './errors.ts'

/** How much an answer holds of what was asked for. */
export interface Extent {
  /** There is more than it holds. */
  cut: boolean
  /** How many resources it leaves out. */
  omitted?: number
  /** Some of its texts end in the `cutMark`. */
  shortened?: true
  /** The grant limits it to a part of what is there. */
  limited?: true
  /** Why the organization cannot be reached; it is then a copy. */
  copyBecause?: Problem
}

export const isWhole = ({ cut, omitted = 0, shortened, limited }: Extent): boolean =>
  !cut && omitted === 0 && !shortened && !limited

/**
 * Ends a text of a record that is longer than Carekey reads, and a list of such texts; pages say there where to read the rest. No
 * organization can write it, because `readableText` removes its second character, which shows nothing.
 */
export const cutMark = '…\u2060'
