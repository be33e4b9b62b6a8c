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
