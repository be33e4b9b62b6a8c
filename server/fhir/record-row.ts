import type { PageEntry } from './source.ts'

export interface RecordRow extends PageEntry {
  readonly key: number
}
