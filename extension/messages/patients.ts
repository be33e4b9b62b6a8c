import type { Problem } from './errors.ts'

export interface Patient {
  id: string
  name: string
  birthDate?: string
  gender?: string
  /** What tells namesakes apart: a record number, a town. */
  identifiers: { label: string; value: string }[]
  place?: string
}

/** The six fields; empty ones are absent. Fields combine with AND. */
export interface PatientQuery {
  fullName?: string
  given?: string
  family?: string
  gender?: string
  identifier?: string
  birthdate?: string
}

export interface PatientPage {
  patients: Patient[]
  total?: number
  next?: string
  /** The list is shorter than it should be, and why: a link to the next page that leads elsewhere is not followed. */
  warning?: Problem
}
