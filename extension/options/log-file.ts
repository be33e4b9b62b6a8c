import type { AccessEntry } from '../messages/access-log.ts'

const COLUMNS = ['recorded', 'kind', 'outcome', 'who', 'application', 'what', 'patient', 'id'] as const

/**
 * Entries as a table for spreadsheets (RFC 4180). What is in them was written by whoever asked the organization something:
 * a cell that a spreadsheet would take for a formula begins with an apostrophe.
 */
export const toCsv = (entries: AccessEntry[]): string => {
  const rows = entries.map((entry) => COLUMNS.map((column) => cell(entry[column] ?? '')))
  // Spreadsheets know UTF-8 by its mark.
  return `\ufeff${[COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join('')}`
}

const cell = (text: string): string => {
  const harmless = /^[\s]*[=+\-@\t\r\n|]/.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
