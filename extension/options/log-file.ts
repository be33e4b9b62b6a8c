import type { AccessEntry } from '../messages/access-log.ts'
import { csv } from '../ui/csv.ts'

const COLUMNS = [
  'recorded',
  'kind',
  'outcome',
  'who',
  'application',
  'what',
  'patient',
  'requests',
  'id',
] as const

/** Entries of an access log as a table for spreadsheets. */
export const toCsv = (entries: AccessEntry[]): string =>
  csv([COLUMNS, ...entries.map((entry) => COLUMNS.map((column) => String(entry[column] ?? '')))])
