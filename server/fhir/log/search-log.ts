import { type Expression, type SqlBool, sql } from 'kysely'
import { kindsOfSubtype } from '../../audit/entry/record.ts'
import { eventText, openEvents } from '../../audit/entry/stored-event.ts'
import { FhirError, notSupported } from '../../fhir-error.ts'
import type { Filter, Query } from '../../query/query.ts'
import type { Db } from '../../store/schema.ts'
import { compartmentsOf, type Reach } from '../access/decide-access.ts'
import { Disclosure } from '../access/disclosure.ts'
import type { Page, PageEntry, Position, StoredResource } from '../access/source.ts'
import { allPatientsIn, findNamedPatients } from '../search/named-patients.ts'
import { and, instantMatch, isOneOf, or } from '../search/predicates.ts'
import { mostCounted } from '../search/total-records.ts'
import { type FindPatients, findPeopleNamed, isByName, patientsInStore } from './log-names.ts'
import { type LogSearch, lookThroughLog } from './look-through-log.ts'

const AUDIT_EVENT_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-event-type'
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM'

/**
 * Searches the access log in the order of writing, `seq`, which is also its order by date.
 *
 * @param findElsewhere finds patients by name, if their records are not in this database.
 */
export const searchLog = async (
  db: Db,
  query: Query,
  reach: Reach,
  after: Position | undefined,
  findElsewhere?: FindPatients,
): Promise<Disclosure<Page>> => {
  const compartments = compartmentsOf(reach)
  const byName = query.filters.some(isByName)
  // A name is looked up among all people, so only a reader of all entries may learn who has it.
  if (byName && !isWhole(reach))
    throw notSupported('Names search the whole access log, which these permissions do not cover.')
  const people = byName ? await findPeopleNamed(db, query, findElsewhere ?? patientsInStore(db)) : undefined
  const ofLog = query.filters.filter((filter) => !isByName(filter))
  const isElsewhere = findElsewhere !== undefined
  const byId = await findNamedPatients(db, { ...query, filters: ofLog }, compartments, isElsewhere)
  const patientsByFilter = new Map([...byId.named, ...(people?.named ?? [])])
  const named = { patients: allPatientsIn(patientsByFilter), named: patientsByFilter }
  if (people?.refusal) return Disclosure.refused(people.refusal, named)
  const where = and([
    ...ofLog.map(filterCondition),
    ...(people ? [people.condition] : []),
    ...reachConditions(reach),
  ])
  const descending = query.sort?.descending ?? false
  const ways = [...ofLog.flatMap(wayOf), ...(people?.ways ?? []), ...wayOfReach(compartments)]
  const search = { where, ways, filters: ofLog, descending, after: after?.key }
  const found = await findMatches(db, search, query)
  if (!found) return Disclosure.refused(logTooLong(), named)
  const { seqs: matches, total, end } = found
  const sizes = await entrySizes(db, matches.slice(0, query.count), descending)
  const seqs = fittingPage(sizes)
  const rows = await readEntries(db, where, seqs, descending)
  const last = matches.length > seqs.length ? seqs.at(-1) : end
  const resources: PageEntry[] = []
  for await (const [{ id, json }] of openEvents(rows)) resources.push({ type: 'AuditEvent', id, json })
  const page: Page = {
    ...(total !== undefined && { total }),
    ...(people && people.nobody.length > 0 && { nobody: people.nobody }),
    resources,
    ...(last !== undefined && { next: { key: last } }),
  }
  // If the reach is confined to patients, they get an entry; otherwise the patients whom the search names do, also by an entry's
  // id. If every patient on the page got one, reading the log would make it grow.
  const ofEntries = query.filters.some(({ kind }) => kind === 'id') ? rows.flatMap(patientIn) : []
  const patients = compartments ?? [...new Set([...named.patients, ...ofEntries])]
  return Disclosure.of(page, { patients, named: patientsByFilter })
}

/** The most bytes of entries on one page; a page that would be larger is shorter than was asked for. */
const LARGEST_PAGE = 500_000

interface EntrySize {
  readonly seq: number
  readonly size: number
}

/** Milliseconds for looking through the log. A page whose time is over is shorter, and the next one goes on. */
const LONGEST = 2_000

interface Matches {
  /** Those of a page, and of the next one. */
  readonly seqs: readonly number[]
  readonly total: number | undefined
  /** How far the log was looked through, if more of it has to be. */
  readonly end: number | undefined
}

/** Returns `undefined` if all matches are to be counted, and the time is over before that. */
const findMatches = async (db: Db, search: LogSearch, query: Query): Promise<Matches | undefined> => {
  const until = performance.now() + LONGEST
  const { count } = query
  const wanted = count === 0 ? 0 : count + 1
  const most = mostCounted(query, search.after === undefined)
  const seqs: number[] = []
  let total = 0
  for await (const { found, end } of lookThroughLog(db, search)) {
    seqs.push(...found.slice(0, wanted - seqs.length))
    total += found.length
    if (end === undefined) return { seqs, total: most > 0 && total <= most ? total : undefined, end }
    const isCounted = total > most
    if (seqs.length === wanted && isCounted) return { seqs, total: undefined, end: undefined }
    if (performance.now() <= until) continue
    if (most === Number.POSITIVE_INFINITY) return undefined
    return { seqs, total: undefined, end: seqs.length === wanted ? undefined : end }
  }
  throw new Error('The log has an end.')
}

/** Returns the sizes of entries. They are read before the entries, so that none is read in vain. */
const entrySizes = async (db: Db, seqs: readonly number[], descending: boolean): Promise<EntrySize[]> =>
  seqs.length === 0
    ? []
    : db
        .selectFrom('audit_event')
        .select(['seq', sql<number>`octet_length(json)`.as('size')])
        .where('seq', 'in', seqs)
        .orderBy('seq', descending ? 'desc' : 'asc')
        .execute()

/** Returns the first entries that fit on one page: at least one, so that reading on has an end. */
const fittingPage = (sizes: readonly EntrySize[]): readonly number[] => {
  const seqs: number[] = []
  let total = 0
  for (const { seq, size } of sizes) {
    total += size
    if (total > LARGEST_PAGE && seqs.length > 0) break
    seqs.push(seq)
  }
  return seqs
}

/** The reach is checked again, because an entry may have been erased meanwhile. */
const readEntries = async (
  db: Db,
  where: Expression<SqlBool>,
  seqs: readonly number[],
  descending: boolean,
) =>
  seqs.length === 0
    ? []
    : db
        .selectFrom('audit_event')
        .select(['seq', 'id', 'json', 'patient', 'salt'])
        .where(where)
        .where('seq', 'in', seqs)
        .orderBy('seq', descending ? 'desc' : 'asc')
        .execute()

export const readLog = async (
  db: Db,
  id: string,
  reach: Reach,
): Promise<Disclosure<StoredResource | undefined>> => {
  const row = await db
    .selectFrom('audit_event')
    .select(['id', 'recorded', 'json', 'patient', 'salt'])
    .where('id', '=', id)
    .where(and(reachConditions(reach)))
    .executeTakeFirst()
  if (!row) return Disclosure.of(undefined, { patients: [] })
  const resource = { id: row.id, version: 1, lastUpdated: row.recorded, json: eventText(row.json) }
  return Disclosure.of(resource, { patients: compartmentsOf(reach) ?? patientIn(row) })
}

/** Returns the patient whom an entry is about; nobody for an erased entry. */
const patientIn = ({ patient, salt }: { patient: string | null; salt: Uint8Array | null }): string[] =>
  patient === null || salt === null ? [] : [patient]

/** Finds those entries with these ids that are within reach, and the patients whom reading them concerns. */
export const findReadable = async (db: Db, ids: readonly string[], reach: Reach) => {
  const entries = await db
    .selectFrom('audit_event')
    .select(['seq', 'id', 'patient', 'salt'])
    .where(and([isOneOf('id', ids), ...reachConditions(reach)]))
    .execute()
  return { entries, patients: compartmentsOf(reach) ?? [...new Set(entries.flatMap(patientIn))] }
}

const logTooLong = (): FhirError =>
  new FhirError(
    403,
    'too-costly',
    'too_costly',
    'The access log is too long to count these entries. Search for a patient, a person who acted, or a shorter time.',
  )

const isWhole = (reach: Reach): boolean =>
  reach.some(({ compartment, limits }) => compartment === undefined && limits === undefined)

/** Expresses a reach as conditions: an entry belongs to the patient whom it concerns. */
const reachConditions = (reach: Reach): Expression<SqlBool>[] => {
  if (isWhole(reach)) return []
  return [
    or(
      reach.map(({ compartment, limits = [[]] }) =>
        and([
          ...(compartment === undefined ? [] : [isOneOf('patient', [compartment])]),
          or(limits.map((filters) => and(filters.map(filterCondition)))),
        ]),
      ),
    ),
  ]
}

/** Returns the ways through the log that a filter opens. */
const wayOf = (filter: Filter): LogSearch['ways'] => {
  if (filter.kind === 'id') return [{ column: 'id', values: filter.ids }]
  if (filter.kind !== 'reference') return []
  const { param } = filter
  return param === 'patient' || param === 'agent' ? [{ column: param, values: columnValues(filter) }] : []
}

const wayOfReach = (compartments: readonly string[] | undefined): LogSearch['ways'] =>
  compartments ? [{ column: 'patient', values: compartments }] : []

/** Returns the values of its column that a filter by reference allows. */
const columnValues = ({ param, any }: Filter & { kind: 'reference' }): string[] =>
  any.flatMap(({ types, id }) =>
    param === 'patient' ? (types.length > 0 ? [id] : []) : types.map((type) => `${type}/${id}`),
  )

const filterCondition = (filter: Filter): Expression<SqlBool> => {
  switch (filter.kind) {
    case 'id':
      return isOneOf('id', filter.ids)
    case 'date':
    case 'updated':
      return or(filter.any.map((criterion) => instantMatch(criterion, sql`recorded + 0`)))
    case 'token':
      if (filter.param === 'subtype') return isOneOf('subtype', filter.any.flatMap(kindsOfSubtype))
      return or(
        filter.any.map(({ system, code }) =>
          and([
            ...(code === undefined ? [] : [isOneOf(filter.param, [code])]),
            ...(system === undefined ? [] : [hasSystem(filter.param, system)]),
          ]),
        ),
      )
    case 'reference':
      return isOneOf(filter.param, columnValues(filter))
    default:
      // The log has no parameters of other kinds. Names were already replaced by ids.
      return sql`1 = 0`
  }
}

/** Checks the system of a code, one of `systems` in `query/parameters`. The log keeps only the code, because its system follows from it. */
const hasSystem = (param: string, system: string): Expression<SqlBool> => {
  if (param === 'type' && system === AUDIT_EVENT_TYPE) return sql`type = 'rest'`
  if (param === 'type' && system === DICOM) return sql`type <> 'rest'`
  return sql`1 = 1`
}
