import { isMachineNumber, isPersonalNumber } from '../../values/personal-numbers.ts'
import { readableName } from '../../values/readable-name.ts'
import { numberForms } from '../../values/search-words.ts'
import { ProblemError } from '../messages/errors.ts'
import type { Patient, PatientIdentifier, PatientPage, PatientQuery } from '../messages/patients.ts'
import type { Visit } from '../messages/state.ts'
import { hasUnknownModifier, type PatientClient } from './about-patient.ts'
import type { Client, Page, Parameters, RecordAccess } from './client.ts'
import { nextOf } from './paging.ts'
import { isDate, type Json, object, objects, resourcesOf, text, totalOf, words, wordsIn } from './resource.ts'

const pageSize = '20'
/** The most patients that are read of one page, however many the server sends. */
const mostPatients = 100
/** Few, because they are stored with the session, which has little room. */
const mostIdentifiers = 20

export const readPatient = async (client: PatientClient, id: string): Promise<Patient> =>
  toPatient(await client.read('Patient', id)) ?? { id, name: '', identifiers: [] }

/**
 * Finds patients by the one box and the six fields of the form, combined with AND, in the order of their names.
 *
 * @throws ProblemError
 */
export const searchPatients = async (
  client: Client,
  access: RecordAccess,
  query: PatientQuery,
): Promise<PatientPage> =>
  toPatientPage(await searchSorted(client, { ...parametersOf(query), _count: pageSize }), access)

/** Sorts by name. A server that refuses that searches in its own order. */
const searchSorted = async (client: Client, parameters: Parameters): Promise<Page> => {
  try {
    return await client.search('Patient', { ...parameters, _sort: 'name' })
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'bad-request')
      return client.search('Patient', parameters)
    throw error
  }
}

export const morePatients = async (
  client: Client,
  access: RecordAccess,
  next: string,
): Promise<PatientPage> => toPatientPage(await client.follow(next), access)

const parametersOf = ({ anything = {}, ...query }: PatientQuery): Parameters => ({
  'name:exact': escapeValue(query.fullName),
  // Each word is the beginning of some part of the name, in any case.
  name: all(...(anything.names ?? []).map((word) => escapeValue(word))),
  given: escapeValue(query.given),
  family: escapeValue(query.family),
  gender: escapeValue(query.gender),
  identifier: all(
    query.identifier && all(...numberForms(query.identifier).map(escapeIdentifier)).join(),
    all(...(anything.numbers ?? []).map(escapeIdentifier)).join(),
  ),
  birthdate: all(escapeValue(query.birthdate), anything.birthdate),
})

const all = (...values: (string | undefined)[]): string[] =>
  values.filter((value) => value !== undefined && value !== '') as string[]

const escapeIdentifier = (value: string | undefined) => escapeValue(value, /[\\,$]/g)

/** Escapes the special characters of a search value (FHIR R4, search 3.1.1.4), except `|` in an identifier. */
const escapeValue = (value: string | undefined, special = /[\\,$|]/g): string | undefined =>
  text(value)?.replace(special, '\\$&')

const toPatientPage = (page: Page, { fhirBase }: RecordAccess): PatientPage => {
  const total = totalOf(page.bundle)
  const all = resourcesOf(page.bundle, 'Patient')
  const resources = all.slice(0, mostPatients)
  const patients = resources.flatMap((resource) =>
    hasUnknownModifier(resource) ? [] : (toPatient(resource) ?? []),
  )
  const omitted = resources.length - patients.length
  return {
    patients,
    ...(omitted > 0 && { omitted }),
    ...(total !== undefined && { total }),
    ...(all.length > mostPatients ? { warning: { code: 'list-too-long' } } : nextOf(page, fhirBase)),
  }
}

const toPatient = (resource: Json): Patient | undefined => {
  const id = text(resource.id)
  if (id === undefined) return undefined
  const recordedDate = text(resource.birthDate)
  const birthDate = recordedDate !== undefined && isDate(recordedDate) ? recordedDate : undefined
  const deceased = deathOf(resource)
  const gender = words(resource.gender)
  const place = placeOf(resource)
  return {
    id,
    name: nameOf(resource),
    ...(birthDate && { birthDate }),
    ...(deceased && { deceased }),
    ...(gender && { gender }),
    identifiers: identifiersOf(resource),
    ...(place && { place }),
  }
}

/** Reads `deceased[x]`: the day as it is written there, without its time. An invalid date still means that the person died. */
const deathOf = ({ deceasedBoolean, deceasedDateTime }: Json): Patient['deceased'] => {
  const [date] = /^\d{4}(-\d{2}(-\d{2})?)?/.exec(text(deceasedDateTime) ?? '') ?? []
  if (date !== undefined && isDate(date)) return date
  return deceasedBoolean === true || text(deceasedDateTime) !== undefined || undefined
}

const nameOf = (resource: Json): string => {
  const names = objects(resource.name)
  const name =
    names.find(({ use }) => use === 'official') ?? names.find(({ use }) => use !== 'old') ?? names[0]
  if (!name) return ''
  const family = words(name.family)
  return readableName(words(name.text) ?? [...wordsIn(name.given), ...(family ? [family] : [])].join(' '))
}

/** What a number is called that identifies a person outside health care too. */
const personalName = /social security|\bssn\b|passport|licen[cs]e|pasaporte|\b(dni|nif|nie|curp|national id)/i

/** The record's own number first, the personal ones last. */
const identifiersOf = (resource: Json): PatientIdentifier[] =>
  objects(resource.identifier, mostIdentifiers)
    .flatMap(({ value, type, system }) => {
      const displayValue = words(value)
      if (displayValue === undefined || isMachineNumber(displayValue)) return []
      const { text: typeText, coding } = object(type)
      const codings = objects(coding)
      const label =
        words(typeText) ?? words(codings[0]?.display) ?? words(codings[0]?.code) ?? words(system) ?? ''
      const isPersonal =
        isPersonalNumber(
          codings.map(({ code }) => text(code) ?? ''),
          text(system) ?? '',
        ) ||
        [label, ...codings.map(({ display }) => words(display) ?? '')].some((name) => personalName.test(name))
      const isRecordNumber = codings.some(({ code }) => code === 'MR')
      const identifier: PatientIdentifier = {
        label: readableName(label),
        value: displayValue,
        ...(isPersonal && { personal: true }),
      }
      return [{ identifier, rank: isPersonal ? 2 : isRecordNumber ? 0 : 1 }]
    })
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ identifier }) => identifier)

const placeOf = (resource: Json): string | undefined => {
  const addresses = objects(resource.address)
  const address = addresses.find(({ use }) => use === 'home') ?? addresses[0]
  const place = words(address?.city) ?? words(address?.district) ?? words(address?.state)
  return place && readableName(place)
}

export const readVisit = async (client: PatientClient, id: string): Promise<Visit> => {
  const encounter = await client.read('Encounter', id)
  const [type] = objects(encounter.type)
  const [coding] = objects(type?.coding)
  const name = words(type?.text) ?? words(coding?.display) ?? words(object(encounter.class).display)
  const start = text(object(encounter.period).start)
  return { id, ...(name && { name }), ...(start && { start }) }
}
