import type { PageEntry } from '../source.ts'

export interface RecordRow extends PageEntry {
  readonly key: number
  readonly version: number
  /** In how many patients' compartments it is. */
  readonly owners: number
}
