import type { Problem } from './errors.ts'

/** The checkpoints of access logs that this browser keeps. Times are milliseconds since 1970. */
export interface CheckpointList {
  heads: ListedCheckpoint[]
  forks: Fork[]
}

export interface ListedCheckpoint {
  providerId: string
  organization: string
  /** How many entries it covers. */
  size: number
  keptAt: number
  /** For another browser to compare. */
  line: string
}

/** Two checkpoints that one organization signed and that do not belong to one log. */
export interface Fork {
  providerId: string
  organization: string
  foundAt: number
  /** Lines, as above. */
  kept: string
  other: string
}

/** Whether another browser's checkpoint and this browser's belong to one log. */
export type Comparison =
  | { outcome: 'agree' | 'diverge'; organization: string; sizes: [ours: number, theirs: number] }
  /** The proof could not be fetched yet. Without a problem, the organization states that it has none. */
  | { outcome: 'unproven'; organization: string; problem?: Problem }
  /** This browser keeps no checkpoint of that log. */
  | { outcome: 'unknown-log'; origin: string }
  /** Its signature is by another key than the kept one, or is not genuine. */
  | { outcome: 'other-key' | 'not-genuine'; organization: string }
  | { outcome: 'unreadable' }
