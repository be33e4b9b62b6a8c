import type { Problem } from './errors.ts'

/** The heads of access logs that this browser keeps. Times are milliseconds since 1970. */
export interface KeptHeads {
  heads: KeptHead[]
  forks: Fork[]
}

export interface KeptHead {
  providerId: string
  organization: string
  /** How many entries it is over. */
  size: number
  keptAt: number
  /** For another browser to compare. */
  line: string
}

/** Two heads that one organization signed, and that are not of one log. */
export interface Fork {
  providerId: string
  organization: string
  foundAt: number
  /** Lines, as above. */
  kept: string
  other: string
}

/** Whether the head of another browser and this one's are of one log. */
export type Comparison =
  | { outcome: 'agree' | 'diverge'; organization: string; sizes: [ours: number, theirs: number] }
  /** The proof that would tell could not be had yet; without a problem the organization says that there is none. */
  | { outcome: 'unproven'; organization: string; problem?: Problem }
  /** Nothing is kept of that log here. */
  | { outcome: 'unknown-log'; origin: string }
  /** Its signature is not by the key that is known here, or not genuine. */
  | { outcome: 'other-key' | 'not-genuine'; organization: string }
  | { outcome: 'unreadable' }
