import type { Patient, PatientPage, PatientQuery } from '../messages/patients.ts'
import { readableName } from '../messages/readable.ts'
import type { Visit } from '../messages/state.ts'
import type { Access, Client, Page, Parameters } from './client.ts'
import { nextOf } from './paging.ts'
import { type Json, object, objects, resourcesOf, text, totalOf, words, wordsIn } from './resource.ts'

const pageSize = '20'
/** The most patients that are read of one page, however many the server sends. */
const mostPatients = 100
/** Few, because they are stored with the session, which has little room. */
const mostIdentifiers = 20

export const readPatient = async (client: Client, id: string): Promise<Patient> =>
  toPatient(await client.read('Patient', id)) ?? { id, name: '', identifiers: [] }

/**
 * Finds patients by the six fields of the form, combined with AND.
 *
 * @throws ProblemError
 */
export const searchPatients = async (
  client: Client,
  access: Access,
  query: PatientQuery,
): Promise<PatientPage> =>
  toPatientPage(await client.search('Patient', { ...parametersOf(query), _count: pageSize }), access)

export const morePatients = async (client: Client, access: Access, next: string): Promise<PatientPage> =>
  toPatientPage(await client.follow(next), access)

const parametersOf = (query: PatientQuery): Parameters => ({
  'name:exact': escapeValue(query.fullName),
  given: escapeValue(query.given),
  family: escapeValue(query.family),
  gender: escapeValue(query.gender),
  identifier: escapeValue(query.identifier, /[\\,$]/g),
  birthdate: escapeValue(query.birthdate),
})

/** Escapes the special characters of a search value (FHIR R4, search 3.1.1.4), except `|` in an identifier. */
const escapeValue = (value: string | undefined, special = /[\\,$|]/g): string | undefined =>
  text(value)?.replace(special, '\\$&')

const toPatientPage = (page: Page, { fhirBase }: Access): PatientPage => {
  const total = totalOf(page.bundle)
  const resources = resourcesOf(page.bundle, 'Patient')
  return {
    patients: resources.slice(0, mostPatients).flatMap((resource) => toPatient(resource) ?? []),
    ...(total !== undefined && { total }),
    ...(resources.length > mostPatients ? { warning: { code: 'list-too-long' } } : nextOf(page, fhirBase)),
  }
}

const toPatient = (resource: Json): Patient | undefined => {
  const id = text(resource.id)
  if (id === undefined) return undefined
  const birthDate = text(resource.birthDate)
  const gender = words(resource.gender)
  const place = placeOf(resource)
  return {
    id,
    name: nameOf(resource),
    ...(birthDate && { birthDate }),
    ...(gender && { gender }),
    identifiers: identifiersOf(resource),
    ...(place && { place }),
  }
}

const nameOf = (resource: Json): string => {
  const names = objects(resource.name)
  const name =
    names.find(({ use }) => use === 'official') ?? names.find(({ use }) => use !== 'old') ?? names[0]
  if (!name) return ''
  const family = words(name.family)
  return readableName(words(name.text) ?? [...wordsIn(name.given), ...(family ? [family] : [])].join(' '))
}

const identifiersOf = (resource: Json): Patient['identifiers'] =>
  objects(resource.identifier, mostIdentifiers).flatMap(({ value, type, system }) => {
    const displayValue = words(value)
    if (displayValue === undefined) return []
    const { text: typeText, coding } = object(type)
    const [first] = objects(coding)
    return [
      {
        label: readableName(
          words(typeText) ?? words(first?.display) ?? words(first?.code) ?? words(system) ?? '',
        ),
        value: displayValue,
      },
    ]
  })

const placeOf = (resource: Json): string | undefined => {
  const addresses = objects(resource.address)
  const address = addresses.find(({ use }) => use === 'home') ?? addresses[0]
  const place = words(address?.city) ?? words(address?.district) ?? words(address?.state)
  return place && readableName(place)
}

export const readVisit = async (client: Client, id: string): Promise<Visit> => {
  const encounter = await client.read('Encounter', id)
  const [type] = objects(encounter.type)
  const [coding] = objects(type?.coding)
  const name = words(type?.text) ?? words(coding?.display) ?? words(object(encounter.class).display)
  const start = text(object(encounter.period).start)
  return { id, ...(name && { name }), ...(start && { start }) }
}
