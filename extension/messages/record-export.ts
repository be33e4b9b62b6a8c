import type { Problem } from './errors.ts'

/** A part of a record. */
export interface ExportedPage {
  /** Resources: what tells each from every other, and its JSON as the organization wrote it, numbers to the last digit. */
  entries: { fullUrl: string; json: string }[]
  /** How many of them are of the record; the others say where those came from. */
  resources: number
  /** Opaque; absent at the end. */
  next?: string
  /** A kind of resource that was left out, and why. */
  leftOut?: { type: string; problem: Problem }
  warning?: Problem
}
