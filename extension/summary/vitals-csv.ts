import type { Reading, Vitals } from '../messages/vitals.ts'

const header = [
  'taken',
  'organization',
  'systolic (mmHg)',
  'diastolic (mmHg)',
  'weight (kg)',
  'as recorded',
  'resource',
]

/**
 * Readings as RFC 4180 has it, oldest first, with units in the columns' names. A value in another unit, or that is no plain
 * number, stands as it was recorded, in a column of its own. UTF-8 with the mark that spreadsheets look for.
 */
export const vitalsCsv = (found: Pick<Vitals, 'bloodPressure' | 'weight'>[]): string => {
  const rows = found.flatMap(({ bloodPressure, weight }) => [
    ...bloodPressure.map((reading) => ({ reading, cells: pressureCells(reading) })),
    ...weight.map((reading) => ({ reading, cells: weightCells(reading) })),
  ])
  const lines = rows
    .toSorted((a, b) => Date.parse(a.reading.taken) - Date.parse(b.reading.taken))
    .map(({ reading, cells }) => [reading.taken, reading.source.name, ...cells, `Observation/${reading.id}`])
  return `\uFEFF${[header, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`
}

const pressureCells = ({ value, unit, recorded }: Reading): string[] => {
  const [systolic = '', diastolic = ''] = value.split('/').map((part) => (isNumber(part) ? part : ''))
  const isPlain = unit === 'mmHg' && value.split('/').every((part) => isNumber(part) || part === '–')
  return isPlain ? [systolic, diastolic, '', recorded ?? ''] : ['', '', '', recorded ?? `${value} ${unit}`]
}

const weightCells = ({ value, unit, recorded }: Reading): string[] =>
  unit === 'kg' && isNumber(value)
    ? ['', '', value, recorded ?? '']
    : ['', '', '', recorded ?? `${value} ${unit}`]

const isNumber = (text: string): boolean => /^\d+(\.\d+)?$/.test(text)

/**
 * A spreadsheet takes a cell that begins so for a formula (CWE-1236), also behind quotes and spaces: what an organization
 * wrote must not run in it.
 */
const cell = (text: string): string => {
  const safe = /^\s*[=+\-@＝＋－＠\t\r|%]/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
