import { ASKED, RICH } from './patients.ts'

const { id, given, family, birthDate, since } = ASKED

/** The requests, below the FHIR base. */
export const REQUESTS: Readonly<Record<string, string>> = {
  read: `Patient/${id}`,
  'exact name': `Patient?name:exact=${given}+${family}`,
  'birthdate, family': `Patient?birthdate=${birthDate}&family=${family}`,
  'year of vital signs': `Observation?patient=${id}&category=vital-signs&date=ge${since}&_sort=-date&_count=200`,
  everything: `Patient/${RICH}/$everything`,
}

export const WAITING = [1, 8, 32]

/** Removes the link to the next page from an answer, because it is sealed and differs each time. */
export const withoutPageLink = (body: string): string => body.replace(/_page=[\w-]*/g, '_page=')

/** The same length as a sealed link. */
export const PAGE_LINK = '-'.repeat(500)
