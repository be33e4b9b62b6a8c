import { isMachineNumber, isPersonalNumber } from '../../values/personal-numbers.ts'
import { readableName } from '../../values/readable-name.ts'
import { FhirError } from '../fhir-error.ts'
import type { Account } from '../grants/authorization.ts'
import {
  type ListedPatient,
  PATIENT_FIELDS,
  type PatientDirectory,
  type PatientFields,
  type Patients,
  type ViewAccess,
  type Visit,
} from '../grants/patients.ts'
import { parseScopes } from '../grants/scopes/scopes.ts'
import { AlreadyTaken } from '../grants/stored-id.ts'
import { isObject, type Json, stringsAt } from '../query/json-path.ts'
import { parseQuery } from '../query/parse-query.ts'
import type { Query } from '../query/query.ts'
import { createTurns, turnOfOthers } from '../turns.ts'
import { type Action, decide, type Reach } from './access/decide-access.ts'
import type { ConcernedPatients, Trail } from './access/disclosure.ts'
import { holderOfAccount, type PageEntry, type ResourceSource, type SharedSource } from './access/source.ts'
import { type LoggedRequest, partFor } from './log/logged-request.ts'

const MOST_LISTED = 20
const MOST_VISITS = 50

/** On these pages, a person has the same access as an application with all of their rights. */
const EVERYTHING = parseScopes('user/*.rs')

/** Pages of one person that wait for their turn. */
export const MOST_WAITING = 50

/** One page for each person at a time. A page waits 5 s at most, because a connection that is silent for 10 s is closed. */
const TURNS = { all: Number.POSITIVE_INFINITY, holder: 1, line: MOST_WAITING, wait: 5_000 }

export const createPatientDirectory = (shared: SharedSource, base: string): PatientDirectory => {
  const turns = createTurns(TURNS)
  // A page is made to its end, whoever waits for it.
  const wanted = new AbortController().signal
  return {
    view: (viewer, work) => {
      const { account } = viewer
      const holder = holderOfAccount(account)
      return turns.run(holder, async () => {
        // Others are answered between two pages of one person.
        await turnOfOthers()
        const sight = new LookTrail()
        const sourceUntil = (left: AbortSignal) => shared.askedBy({ holder, left })
        const patients = patientsFor(account, { source: sourceUntil(wanted), sourceUntil, base }, sight)
        try {
          const result = await work(patients)
          await viewer.record(sight.seen(), result)
          return result
        } catch (error) {
          // The answer may depend on what was read until then.
          await viewer.record(sight.seen(failureOf(error)))
          throw error
        }
      })
    },
  }
}

interface Sources {
  readonly source: ResourceSource
  /** @returns a source for what may be given up. */
  readonly sourceUntil: (left: AbortSignal) => ResourceSource
  readonly base: string
}

const patientsFor = (
  account: Account,
  { source, sourceUntil, base }: Sources,
  sight: LookTrail,
): Patients => {
  const reachOf = (type: string, action: Action): Reach | undefined => {
    const decision = decide({ account, scopes: EVERYTHING }, type, action)
    return decision.allowed ? decision.reach : undefined
  }
  const readPatient = async (id: string) => {
    const reach = reachOf('Patient', 'r')
    return reach && (await source.read('Patient', id, reach)).openFor(sight)
  }
  /** Returns a patient's compartment if the account reaches both the patient and the type. */
  const compartmentOf = async (patient: string, type: string): Promise<Reach | undefined> =>
    reachOf(type, 's') && (await readPatient(patient)) ? [{ compartment: patient }] : undefined

  const find = async (id: string): Promise<ListedPatient | undefined> => {
    const resource = await readPatient(id)
    if (resource) sight.read(id)
    else sight.refuse('not_found')
    return resource && describePatient(resource)
  }

  return {
    find,
    findIfReadable: (id) => find(id).catch(undefinedIfFhirError),

    search: async (fields) => {
      const reach = reachOf('Patient', 's')
      const parameters = parametersOf(fields)
      if (!reach || parameters.size === 0) {
        sight.search('Patient')
        return { hasMore: false, patients: [] }
      }
      try {
        parameters.set('_count', String(MOST_LISTED))
        const query = parseQuery('Patient', parameters, { base, strict: true })
        sight.search('Patient', query)
        const page = await source.search(
          { ...query, sort: { by: 'name', descending: false }, total: 'none' },
          reach,
        )
        const { resources, next, doubts } = page.openFor(sight)
        return {
          hasMore: next !== undefined || doubts?.has('incomplete') === true,
          patients: await describeEach(source, resources, describePatient),
        }
      } catch (error) {
        if (!(error instanceof FhirError) || error.status >= 500) throw error
        sight.refuse('bad_request', 'search')
        return 'malformed'
      }
    },

    visits: async (patient) => {
      sight.searchRecord(patient, (id) => `Encounter?patient=${id}`)
      const reach = await compartmentOf(patient, 'Encounter')
      if (!reach || !(await isOffered(source, 'Encounter'))) return { total: 0, newest: [] }
      const newest = { by: 'date', descending: true } as const
      const all = { type: 'Encounter', filters: [], count: MOST_VISITS, text: '', usedParameters: [] }
      const page = await source.search({ ...all, sort: newest, total: 'accurate' }, reach)
      const { total, resources } = page.openFor(sight)
      const visits = await describeEach(source, resources, describeVisit)
      return { total: total ?? visits.length, newest: visits }
    },

    visit: async (patient, id) => {
      const reach = await compartmentOf(patient, 'Encounter')
      const encounter = reach && (await source.read('Encounter', id, reach)).openFor(sight)
      if (!encounter) {
        sight.refuse('not_found')
        return undefined
      }
      sight.read(patient)
      return describeVisit(encounter)
    },

    counter: (late) => {
      const source = sourceUntil(late)
      return async (patient, { types, filters, query }) => {
        if (late.aborted) return undefined
        const more = query ? `&${query}` : ''
        sight.searchRecord(patient, (id) => `${types.join()}?patient=${id}${more}&_summary=count`)
        const countOf = async (type: string): Promise<number | undefined> => {
          if (!(await isOffered(source, type))) return 0
          const all = { type, filters, count: 0, text: '', usedParameters: [] }
          return (await source.search(all, [{ compartment: patient }])).openFor(sight).total
        }
        let total: number | undefined = 0
        const waiting = types.values()
        const countNext = async (): Promise<void> => {
          for (const type of waiting) {
            // Others are answered between two statements.
            await turnOfOthers()
            const count = late.aborted ? undefined : await countOf(type).catch(undefinedIfFhirError)
            total = total === undefined || count === undefined ? undefined : total + count
            if (total === undefined) return
          }
        }
        await Promise.all(Array.from({ length: source.atOnce ?? 1 }, countNext))
        return total
      }
    },
  }
}

type Failure = Pick<ViewAccess, 'outcome' | 'reason'>

/** Returns how the log says that a look failed. */
const failureOf = (error: unknown): Failure => {
  if (error instanceof AlreadyTaken) return { outcome: 'refused', reason: 'already_taken' }
  if (!(error instanceof FhirError)) return { outcome: 'failed', reason: 'exception' }
  return { outcome: error.status < 500 ? 'refused' : 'failed', reason: error.code }
}

const undefinedIfFhirError = (error: unknown): undefined => {
  if (!(error instanceof FhirError)) throw error
}

const isOffered = async ({ offer }: ResourceSource, type: string): Promise<boolean> =>
  offer === undefined || ((await offer()).get(type)?.search ?? false)

interface ResourceText {
  readonly id: string
  readonly json: string
}

/** Turns entries into what a page shows, one at a time, because a text may be large; leaves out resources that have changed since they were found. */
const describeEach = async <Described>(
  source: ResourceSource,
  entries: readonly PageEntry[],
  toDescription: (resource: ResourceText) => Described,
): Promise<Described[]> => {
  const described: Described[] = []
  for await (const [{ id }, json] of source.streamTexts(entries))
    if (json !== undefined) described.push(toDescription({ id, json }))
  return described
}

/** The trail of one look: it opens disclosures, and the log's entries are made from it. */
class LookTrail implements Trail {
  readonly concerned: ConcernedPatients[] = []
  readonly #searches: (LoggedRequest & { kind: 'search' })[] = []
  #read: LoggedRequest | undefined
  #refused: { kind: 'read' | 'search'; reason: string } | undefined

  /** Notes the patient whom the page is about. */
  read(patient: string): void {
    this.#read ??= { kind: 'read', entity: `Patient/${patient}`, owners: [patient] }
  }

  search(path: string, query?: Query): void {
    this.#searches.push({ kind: 'search', path: { own: path, other: path }, ...(query && { query }) })
  }

  /** @param queryOf returns the search of a record with this id, which only the entry about that patient holds. */
  searchRecord(record: string, queryOf: (id: string) => string): void {
    this.#searches.push({ kind: 'search', path: { own: queryOf(record), other: queryOf('') }, record })
  }

  refuse(reason: string, kind: 'read' | 'search' = 'read'): void {
    this.#refused ??= { kind, reason }
  }

  /**
   * Returns one entry about each patient concerned, with only what belongs in it, or a single one about nobody. A single refusal makes
   * the whole look a refusal, whose entries also say what was read. A look that failed has an entry even if nothing was read.
   */
  seen(failure?: Failure): ViewAccess[] {
    if (!failure && !this.#refused && this.#read === undefined && this.#searches.length === 0) return []
    const how: Pick<ViewAccess, 'kind' | 'outcome' | 'reason'> = {
      kind: this.#read === undefined && this.#searches.length > 0 ? 'search' : 'read',
      outcome: 'success',
      ...(this.#refused && { ...this.#refused, outcome: 'refused' }),
      ...failure,
    }
    const patients = new Set(this.concerned.flatMap((each) => each.patients))
    return [...(patients.size > 0 ? patients : [undefined])].map((patient) => ({
      ...how,
      patients: patient === undefined ? [] : [patient],
      ...this.#partFor(patient),
    }))
  }

  #partFor(patient: string | undefined): Pick<ViewAccess, 'entity' | 'query'> {
    const queries = this.#searches.flatMap((search) => partFor(patient, search, this.concerned).query ?? [])
    return {
      ...(this.#read && partFor(patient, this.#read, this.concerned)),
      ...(queries.length > 0 && { query: queries.join(' ') }),
    }
  }
}

/** A comma in a form field does not separate alternatives. Each word of the one box is the beginning of some part of the name. */
const parametersOf = ({ anything = {}, ...fields }: PatientFields): URLSearchParams => {
  const parameters = new URLSearchParams()
  const literally = (field: string, value: string) => value.replace(/[\\,$|]/g, literal(field))
  for (const field of PATIENT_FIELDS) {
    const value = fields[field]?.trim()
    if (value) parameters.set(field === 'name' ? 'name:exact' : field, literally(field, value))
  }
  const { names = [], birthdate, numbers = [] } = anything
  for (const name of names) parameters.append('name', literally('name', name))
  if (birthdate !== undefined) parameters.append('birthdate', birthdate)
  const forms = numbers.map((number) => literally('identifier', number)).join()
  if (forms !== '') parameters.append('identifier', forms)
  return parameters
}

/** Escapes a character, except the "|" of an identifier's `system|value`. */
const literal = (field: string) => (character: string) =>
  field === 'identifier' && character === '|' ? character : `\\${character}`

export const describePatient = ({ id, json }: ResourceText): ListedPatient => {
  const patient = JSON.parse(json) as Json
  const [name] = [patient.name].flat().filter(isObject)
  const parts = name ? [...stringsAt(name, 'given'), ...stringsAt(name, 'family')] : []
  const [birthDate, gender, died] = ['birthDate', 'gender', 'deceasedDateTime'].map((path) =>
    readableName(stringsAt(patient, path)[0] ?? ''),
  )
  const deceased = died || patient.deceasedBoolean === true
  const identifier = readableName(identifierOf(patient) ?? '')
  const fullName = (name && stringsAt(name, 'text')[0]) ?? parts.join(' ')
  return {
    id,
    name: readableName(fullName) || `Patient ${id}`,
    ...(birthDate && { birthDate }),
    ...(deceased && { deceased }),
    ...(gender && { gender }),
    ...(identifier && { identifier }),
  }
}

/** Returns the record number, or else a number that is neither a personal one nor written for machines. */
const identifierOf = (patient: Json): string | undefined => {
  const numbers = [patient.identifier]
    .flat()
    .filter(isObject)
    .flatMap((identifier) => {
      const [value, [system = '']] = [stringsAt(identifier, 'value')[0], stringsAt(identifier, 'system')]
      const codes = stringsAt(identifier, 'type.coding.code')
      const isHidden = value === undefined || isMachineNumber(value) || isPersonalNumber(codes, system)
      return isHidden ? [] : [{ value, codes }]
    })
  return (numbers.find(({ codes }) => codes.includes('MR')) ?? numbers[0])?.value
}

const describeVisit = ({ id, json }: ResourceText): Visit => {
  const encounter = JSON.parse(json) as Json
  const [start] = stringsAt(encounter, 'period.start')
  const what = [...stringsAt(encounter, 'type.text'), ...stringsAt(encounter, 'type.coding.display')]
  return {
    id,
    label: readableName(what[0] ?? stringsAt(encounter, 'class.display')[0] ?? '') || 'Visit',
    ...(start && { start: readableName(start) }),
  }
}
