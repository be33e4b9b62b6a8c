import type { Access } from '../audit/access.ts'
import type { Account } from '../oauth/token/authorization.ts'
import { parseScopes } from '../oauth/token/scopes.ts'
import { type Action, decide, type Reach } from './access.ts'
import { COMPARTMENT, SHARED } from './compartment.ts'
import type { Trail } from './disclosure.ts'
import { FhirError } from './fhir-error.ts'
import { isObject, type Json, stringsAt } from './json-path.ts'
import { accessesTo } from './logged-query.ts'
import { parseQuery } from './parse-query.ts'
import type { Filter } from './query.ts'
import { localReference } from './reference.ts'
import type { ResourceSource } from './source.ts'

/** The patients of an organization as its own pages show them to a person: to pick one, and one of their visits. */
export interface PatientDirectory {
  /** `malformed` when a field holds what cannot be searched for, such as a birthdate that is no date. */
  search(account: Account, fields: PatientFields): Promise<FoundPatients | 'malformed'>
  find(account: Account, id: string): Promise<ListedPatient | undefined>
  /** The newest first. */
  visits(account: Account, patient: string): Promise<readonly Visit[]>
  /** How many resources of the type the patient's record holds. */
  count(patient: string, type: string, filters: readonly Filter[]): Promise<number>
}

/** The six fields of the search form; an empty one asks for nothing. */
export type PatientFields = Readonly<Partial<Record<(typeof PATIENT_FIELDS)[number], string>>>
export const PATIENT_FIELDS = ['name', 'given', 'family', 'gender', 'identifier', 'birthdate'] as const

export interface FoundPatients {
  /** What the access log keeps of it: an entry for each patient who was found or named. */
  readonly accesses: readonly Pick<Access, 'patients' | 'query'>[]
  /** More fit than stand here. */
  readonly more: boolean
  readonly patients: readonly ListedPatient[]
}

export interface ListedPatient {
  readonly id: string
  readonly name: string
  readonly birthDate?: string
  readonly gender?: string
  readonly identifier?: string
}

export interface Visit {
  readonly id: string
  readonly what: string
  /** A FHIR dateTime. */
  readonly start?: string
  /** What it names besides the patient: where it was and with whom, as relative references. */
  readonly references: readonly string[]
}

/** Of one patient, whom the pages name in the log themselves. */
const ownTrail = (): Trail => ({ concerned: [] })

const SHOWN = 20
const MOST_VISITS = 200

/** What a person may do here by themselves is what an application with all of their rights may do. */
const EVERYTHING = parseScopes('user/*.rs')

export const createPatientDirectory = (source: ResourceSource, base: string): PatientDirectory => {
  const reachOf = (account: Account, type: string, action: Action): Reach | undefined => {
    const decision = decide({ account, scopes: EVERYTHING }, type, action)
    return decision.allowed ? decision.reach : undefined
  }

  const find = async (account: Account, id: string): Promise<ListedPatient | undefined> => {
    const reach = reachOf(account, 'Patient', 'r')
    const resource = reach && (await source.read('Patient', id, reach)).openFor(ownTrail())
    return resource && listed(resource)
  }

  return {
    find,

    search: async (account, fields) => {
      const reach = reachOf(account, 'Patient', 's')
      const asked = new URLSearchParams()
      for (const field of PATIENT_FIELDS) {
        const value = fields[field]?.trim()
        // The full name is meant as a whole; a name in a form is no list of alternatives.
        if (value)
          asked.set(field === 'name' ? 'name:exact' : field, value.replace(/[\\,$|]/g, literal(field)))
      }
      if (!reach || asked.size === 0)
        return { accesses: [{ query: 'Patient', patients: [] }], more: false, patients: [] }
      try {
        asked.set('_count', String(SHOWN))
        const query = parseQuery('Patient', asked, { base, strict: true })
        const trail = ownTrail()
        const { resources, next } = (await source.search({ ...query, total: 'none' }, reach)).openFor(trail)
        const accesses = accessesTo('Patient', query.used, trail)
        return { accesses, more: next !== undefined, patients: resources.map(listed) }
      } catch (error) {
        if (error instanceof FhirError) return 'malformed'
        throw error
      }
    },

    visits: async (account, patient) => {
      if (!reachOf(account, 'Encounter', 's') || !(await find(account, patient))) return []
      const all = { type: 'Encounter', filters: [], count: MOST_VISITS, text: '', used: [] }
      const { resources } = (await source.search(all, [{ compartment: patient }])).openFor(ownTrail())
      return resources
        .map(({ id, json }) => visit(id, JSON.parse(json) as Json))
        .sort((a, b) => (b.start ?? '').localeCompare(a.start ?? ''))
    },

    count: async (patient, type, filters) => {
      if (COMPARTMENT[type] === SHARED) return 0
      const everyOne = { type, filters, count: 0, text: '', used: [] }
      const { total = 0 } = (await source.search(everyOne, [{ compartment: patient }])).openFor(ownTrail())
      return total
    },
  }
}

/** `system|value` stays what it is for an identifier. */
const literal = (field: string) => (character: string) =>
  field === 'identifier' && character === '|' ? character : `\\${character}`

const listed = ({ id, json }: { id: string; json: string }): ListedPatient => {
  const patient = JSON.parse(json) as Json
  const [name] = [patient.name].flat().filter(isObject)
  const parts = name ? [...stringsAt(name, 'given'), ...stringsAt(name, 'family')] : []
  const [birthDate] = stringsAt(patient, 'birthDate')
  const [gender] = stringsAt(patient, 'gender')
  const [identifier] = stringsAt(patient, 'identifier.value')
  return {
    id,
    name: (name && stringsAt(name, 'text')[0]) ?? (parts.length > 0 ? parts.join(' ') : `Patient ${id}`),
    ...(birthDate && { birthDate }),
    ...(gender && { gender }),
    ...(identifier && { identifier }),
  }
}

const visit = (id: string, encounter: Json): Visit => {
  const [start] = stringsAt(encounter, 'period.start')
  const what = [...stringsAt(encounter, 'type.text'), ...stringsAt(encounter, 'type.coding.display')]
  const named = ['serviceProvider', 'location.location', 'participant.individual'].flatMap((path) =>
    stringsAt(encounter, `${path}.reference`),
  )
  return {
    id,
    what: what[0] ?? stringsAt(encounter, 'class.display')[0] ?? 'Visit',
    ...(start && { start }),
    references: [...new Set(named)].filter(
      (text) => localReference(text)?.type !== 'Patient' && localReference(text),
    ),
  }
}
