import type { Problem } from './errors.ts'
import type { SearchWords } from './read-search-words.ts'

export interface Patient {
  id: string
  name: string
  birthDate?: string
  /** The day of death as recorded, or true if only the death is. */
  deceased?: string | true
  gender?: string
  /** Identifiers that tell namesakes apart, such as a record number: the record number first, the personal ones last. */
  identifiers: PatientIdentifier[]
  place?: string
}

export interface PatientIdentifier {
  label: string
  value: string
  /** A social security, passport, tax or licence number: no page shows it unless the person asks for it. */
  personal?: true
}

/** Returns what a page may show of a patient's identifiers without being asked. */
export const shownIdentifiers = ({ identifiers }: Patient): PatientIdentifier[] =>
  identifiers.filter(({ personal }) => !personal)

/** The one box and the six fields; empty ones are absent. All of them combine with AND. */
export interface PatientQuery extends SixFields {
  anything?: SearchWords
}

/** The form as it is typed. */
export interface TypedQuery extends SixFields {
  anything?: string
}

export interface SixFields {
  fullName?: string
  given?: string
  family?: string
  gender?: string
  identifier?: string
  birthdate?: string
}

/**
 * Returns the dates of a query, so that the page can show how they were understood; a comparison (`ge1980`) is shown as typed.
 */
export const datesOf = ({ anything, birthdate }: PatientQuery): string[] => {
  const dates = [anything?.birthdate, birthdate].flatMap((date) => date ?? [])
  return [...new Set(dates.filter((date) => /^\d/.test(date)))]
}

export interface PatientPage {
  patients: Patient[]
  total?: number
  /** How many were left out, because something in them may change their meaning in a way that is unknown here. */
  omitted?: number
  next?: string
  /** When it was read, if that was before the popup was opened; milliseconds since 1970. */
  readAt?: number
  /** Why the list is incomplete: a link to the next page that leads elsewhere is not followed. */
  warning?: Problem
}

/** A year, month or day, with an optional FHIR prefix: `1980`, `ge1980-01`, `1980-01-15`. */
const BIRTHDATE = /^(?:eq|ne|gt|ge|lt|le|sa|eb|ap)?(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d{2}))?)?$/

/** Checks whether a search accepts a birthdate; 31 February is no date. */
export const isBirthdate = (text: string): boolean => {
  const [, year, month = '1', day = '1'] = BIRTHDATE.exec(text) ?? []
  if (year === undefined) return false
  return isDay(Number(year), Number(month), Number(day))
}

export const isDay = (year: number, month: number, day: number): boolean =>
  day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
