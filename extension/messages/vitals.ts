import type { Problem } from './errors.ts'
import type { Extent } from './extent.ts'
import type { Patient } from './patients.ts'

export const vitalNames = [
  'bloodPressure',
  'weight',
  'heartRate',
  'oxygenSaturation',
  'temperature',
  'height',
  'bmi',
  'bodyFat',
  'fatMass',
] as const
export type VitalName = (typeof vitalNames)[number]

/** The units in which vital signs are shown; what is stored and exported has its own. */
export const unitsChoices = ['metric', 'us'] as const
export type Units = (typeof unitsChoices)[number]

/** Newest first. */
export type Readings = Record<'bloodPressure' | 'weight', Reading[]> & Partial<Record<VitalName, Reading[]>>

/** If there were more readings than the limit, these are the newest. */
export interface Vitals extends Readings, Extent {
  patient: Patient
  warning?: Problem
  /** What the organization says about its answer, in its own words. */
  remark?: string
  readAt: number
}

/** Returns the readings of all kinds. There are few enough to count or search them. */
export const allReadings = (vitals: Readings): Reading[] => vitalNames.flatMap((name) => vitals[name] ?? [])

export interface Reading {
  id: string
  /** FHIR date or dateTime. */
  taken: string
  /** In the kind's normal unit: `128/82`, `81.2`; `128/–` if one half is missing. As recorded if the unit is unknown. */
  value: string
  /** Empty if the record names none. */
  unit: string
  /** The unit of each part as recorded, if they differ; `unit` is then empty. */
  partUnits?: string[]
  /** As recorded, with its own unit, if it was converted or rounded: `17.1/10.9 kPa`. */
  recorded?: string
  /** One amount; for a blood pressure two, systolic and diastolic. Empty if the unit is unknown or the value has `<` or `>`, so it is in no chart. */
  amounts: (Amount | null)[]
  source: Source
}

/** A number in the normal unit, not rounded. `step` is the worth of its last recorded digit in that unit: 0.1 for `81.2`. */
export interface Amount {
  number: number
  step: number
}

/** The organization that a reading or an entry came from. */
export interface Source {
  connectionId: string
  /** The provider's `label`. */
  name: string
  host: string
  hue: number
}

/** Sorts organizations by when they were added, so that a later one cannot displace an earlier one. */
export const bySource = (a: Source, b: Source): number =>
  a.hue - b.hue || compare(a.connectionId, b.connectionId)

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
