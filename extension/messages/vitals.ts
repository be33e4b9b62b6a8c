import type { Problem } from './errors.ts'
import type { Patient } from './patients.ts'

export interface Vitals {
  patient: Patient
  /** Newest first. */
  bloodPressure: Reading[]
  weight: Reading[]
  /** There were more readings than the limit; these are the newest. */
  cut: boolean
  warning?: Problem
  readAt: number
  /** The organization cannot be reached, and why: this is what was last read there, at `readAt`. */
  copyBecause?: Problem
}

export interface Reading {
  id: string
  /** FHIR date or dateTime. */
  taken: string
  /** In mmHg or kg: `128/82`, `81.2`, of half a blood pressure `128/–`. As recorded where the unit is unknown. */
  value: string
  unit: string
  /** As recorded, with its own unit, where it was converted: `17.1/10.9 kPa`. */
  recorded?: string
  /** Weight, or systolic and diastolic. Empty where the unit is unknown or the record says `<` or `>`: in no chart. */
  amounts: (Amount | null)[]
  source: Source
}

/** A number in the normal unit, not rounded; `step` is the last decimal it was recorded in, in that unit. */
export interface Amount {
  number: number
  step: number
}

/** Who holds a reading. */
export interface Source {
  connectionId: string
  /** The provider's `label`. */
  name: string
  /** Absent in a copy that an earlier version kept. */
  host?: string
  hue: number
}
