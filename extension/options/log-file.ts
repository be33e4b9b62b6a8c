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

/**
 * `access-log-records.example.org-2026-11-24.csv`: by the host, which no other organization has, and of its port what a file may
 * be called.
 */
export const logFileName = (host: string, at: string, format: 'csv' | 'json'): string =>
  `access-log-${host.replace(/[^\w.-]+/g, '-')}-${at.slice(0, 10)}.${format}`
