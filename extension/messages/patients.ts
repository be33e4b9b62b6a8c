import type { SearchWords } from '../../values/search-words.ts'
import type { Problem } from './errors.ts'
import type { Extent } from './extent.ts'

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

/** Returns how much of a search the pages read so far hold. */
export const extentOf = (pages: readonly PatientPage[]): Extent => {
  const { next, warning } = pages.at(-1) ?? {}
  const omitted = pages.reduce((sum, page) => sum + (page.omitted ?? 0), 0)
  const found = pages.reduce((sum, { patients }) => sum + patients.length, omitted)
  const total = pages.findLast((page) => page.total !== undefined)?.total ?? 0
  return { cut: next !== undefined || warning !== undefined || total > found, omitted }
}
