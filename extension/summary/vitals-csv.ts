import { type Reading, type Readings, type VitalName, vitalNames } from '../messages/vitals.ts'
import { valueIn } from '../record/vitals/units.ts'
import { vitalKinds } from '../record/vitals/vital-kinds.ts'
import { csv } from '../ui/controls/download.ts'

/** The columns of each kind. Their units are in `vitalKinds`. */
const columns: Readonly<Record<VitalName, readonly string[]>> = {
  bloodPressure: ['systolic', 'diastolic'],
  weight: ['weight'],
  heartRate: ['pulse'],
  oxygenSaturation: ['oxygen saturation'],
  temperature: ['temperature'],
  height: ['height'],
  bmi: ['BMI'],
  bodyFat: ['body fat'],
  fatMass: ['fat mass'],
}

/**
 * Returns readings as CSV, oldest first, with units in the column names: blood pressure, weight, and the other kinds that there
 * are. A value in another unit or in none, or one that is no plain number, stays as recorded in its own column.
 *
 * @param missing sentences about what the table lacks.
 */
export const vitalsCsv = (vitals: Readings[], missing: readonly string[]): string => {
  const kinds = vitalNames.filter(
    (name) => name === 'bloodPressure' || name === 'weight' || vitals.some((each) => each[name]?.length),
  )
  const cells = kinds.flatMap((kind) => columns[kind].map((column) => ({ kind, column })))
  const lines = kinds
    .flatMap((kind) => vitals.flatMap((each) => (each[kind] ?? []).map((reading) => ({ kind, reading }))))
    .toSorted((a, b) => Date.parse(a.reading.taken) - Date.parse(b.reading.taken))
    .map(({ kind, reading }) => {
      const { source, recorded } = reading
      const shown = valueIn('metric', reading)
      const numbers = numbersOf(kind, reading)
      return [
        reading.taken,
        source.name,
        source.host,
        ...cells.map((cell) =>
          cell.kind === kind ? (numbers?.[columns[kind].indexOf(cell.column)] ?? '') : '',
        ),
        recorded ?? (numbers ? '' : `${shown.value} ${shown.unit}`.trim()),
        `Observation/${reading.id}`,
      ]
    })
  const names = cells.map(({ kind, column }) => `${column} (${vitalKinds[kind].unit})`)
  return csv(['taken', 'organization', 'host', ...names, 'as recorded', 'resource'], lines, missing)
}

/** Returns one cell for each part, empty for a missing one; undefined unless all are plain numbers in the normal unit. */
const numbersOf = (kind: VitalName, { value, unit }: Reading): string[] | undefined => {
  const parts = value.split('/')
  const isPlain = unit === vitalKinds[kind].unit && parts.every((part) => isNumber(part) || part === '–')
  return isPlain ? parts.map((part) => (part === '–' ? '' : part)) : undefined
}

const isNumber = (text: string): boolean => /^\d+(\.\d+)?$/.test(text)
