import type { AccessEntry } from '../../messages/log-entries.ts'
import { csv } from '../../ui/controls/download.ts'

const COLUMNS = [
  'recorded',
  'kind',
  'outcome',
  'who',
  'application',
  'what',
  'patient',
  'requests',
  'imported',
  'id',
] as const

/** Returns entries of an access log as CSV for spreadsheets. */
export const toCsv = (entries: AccessEntry[]): string =>
  csv([COLUMNS, ...entries.map((entry) => COLUMNS.map((column) => String(entry[column] ?? '')))])

/**
 * Returns `access-log-records.example.org-2026-11-24.csv`. Uses the host because it is unique to the organization, with `-`
 * for characters that a file name cannot have, such as the colon before a port.
 */
export const logFileName = (host: string, at: string, format: 'csv' | 'json'): string =>
  `access-log-${host.replace(/[^\w.-]+/g, '-')}-${at.slice(0, 10)}.${format}`
