import type { Reading, Vitals } from '../messages/vitals.ts'
import { csv } from '../ui/download.ts'

const header = [
  'taken',
  'organization',
  'host',
  'systolic (mmHg)',
  'diastolic (mmHg)',
  'weight (kg)',
  'as recorded',
  'resource',
]

/**
 * Returns readings as CSV, oldest first, with units in the column names. A value in another unit, or one that is no plain
 * number, stays as recorded in its own column.
 */
export const vitalsCsv = (vitals: Pick<Vitals, 'bloodPressure' | 'weight'>[]): string => {
  const rows = vitals.flatMap(({ bloodPressure, weight }) => [
    ...bloodPressure.map((reading) => ({ reading, cells: pressureCells(reading) })),
    ...weight.map((reading) => ({ reading, cells: weightCells(reading) })),
  ])
  const lines = rows
    .toSorted((a, b) => Date.parse(a.reading.taken) - Date.parse(b.reading.taken))
    .map(({ reading, cells }) => [
      reading.taken,
      reading.source.name,
      reading.source.host ?? '',
      ...cells,
      `Observation/${reading.id}`,
    ])
  return csv([header, ...lines])
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
