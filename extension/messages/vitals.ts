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
  /** As the record writes it: `128/82`, `81.2`. */
  value: string
  unit: string
  source: string
}
