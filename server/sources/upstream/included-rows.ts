import { MOST_INCLUDED, type PageEntry } from '../../fhir/access/source.ts'
import type { UpstreamRow } from './row.ts'
import { type ConcernedRow, concernedRow } from './row-patients.ts'

/** The most characters of text that are gathered. They stay in memory until the page is complete. */
const MOST_TEXT = 4_000_000

interface IncludedRow {
  readonly entry: PageEntry
  readonly concerned: ConcernedRow
}

/** The resources that are included with a page, and one more than it takes. Of each row, only what is sent and logged is kept. */
export interface IncludedRows {
  /** Adds a row that may be read, once. @returns whether there is no more room. */
  add(row: UpstreamRow): boolean
  all(): readonly IncludedRow[]
}

/** @param page the rows that the page shows anyway. */
export const gatherIncluded = (page: readonly UpstreamRow[]): IncludedRows => {
  const pageKeys = new Set(page.map(keyOf))
  const includedRows = new Map<string, IncludedRow>()
  let size = 0
  return {
    add: (row) => {
      const key = keyOf(row)
      if (!pageKeys.has(key) && !includedRows.has(key)) {
        const { type, id, json } = row
        includedRows.set(key, { entry: { type, id, json }, concerned: concernedRow(row) })
        size += json.length
      }
      return includedRows.size > MOST_INCLUDED || size > MOST_TEXT
    },
    all: () => [...includedRows.values()],
  }
}

const keyOf = ({ type, id }: UpstreamRow): string => `${type}/${id}`
