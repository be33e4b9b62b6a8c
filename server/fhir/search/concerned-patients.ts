import { type Expression, type RawBuilder, sql } from 'kysely'
import { unavailable } from '../../fhir-error.ts'
import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'
import { compartmentsOf, type ReachOf } from '../access/decide-access.ts'
import { MOST_CONCERNED } from '../access/disclosure.ts'
import type { PageEntry } from '../access/source.ts'
import { isOneOf } from './predicates.ts'
import { BOUND_MEMBERS, matchesOf, type SearchInput } from './search-plan.ts'

/** The most patients whom a total may count. */
export const MOST_COUNTED = 100

/**
 * Types whose resources are also about the patients they refer to by this parameter, although their compartment does not say so:
 * the members of a Group, a linked Patient, the targets of a Provenance. This grants no access; it only decides in whose log a
 * read is entered.
 */
export const ABOUT_OTHERS: Readonly<Record<string, string>> = {
  Group: 'member',
  Patient: 'link',
  Provenance: 'target',
}

/** Checks whether a resource of the type can be of or about a patient. */
export const isOfPatients = (type: string): boolean =>
  COMPARTMENT[type] !== undefined && COMPARTMENT[type] !== SHARED

/**
 * Returns the patients whom these rows concern. If the reach is limited to compartments, those patients are the answer, and the owners
 * of rows that are in other compartments too, as a child's coverage is in the payer's.
 *
 * @throws FhirError 503 when a row has changed since it was read, because its patients at that time are no longer known.
 */
export const patientsOfRows = async (
  db: Db,
  rows: readonly RecordRow[],
  reachOf: ReachOf,
): Promise<string[]> => {
  const patients = new Set<string>()
  const rowsToLookUp: RecordRow[] = []
  const compartmentsByType = new Map<string, readonly string[] | undefined>()
  for (const row of rows) {
    if (!compartmentsByType.has(row.type))
      compartmentsByType.set(row.type, compartmentsOf(reachOf(row.type) ?? []))
    const compartments = compartmentsByType.get(row.type)
    for (const patient of compartments ?? []) patients.add(patient)
    const owners = listedOwners(row)
    for (const patient of owners) patients.add(patient)
    if (owners.length > MOST_LISTED || (row.refers && (!compartments || owners.length > 1)))
      rowsToLookUp.push(row)
  }
  if (rowsToLookUp.length === 0) return [...patients]
  const keys = rowsToLookUp.map(({ key }) => key)
  const aboutOthers = rowsToLookUp.some(({ refers }) => refers)
  for (const patient of await findPatientsOfKeys(db, { keys, aboutOthers })) patients.add(patient)
  // Versions only grow, and only readings of Withings are deleted, which are not looked up. So the same sum means the same rows.
  const [current] = await versionsOf(db, { keys })
  if (Number(current?.versions) !== rowsToLookUp.reduce((sum, { version }) => sum + version, 0))
    throw unavailable()
  return [...patients]
}

const versionsOf = compileByShape(new Set(['keys']), (db, { keys }: { keys: readonly number[] }) =>
  db
    .selectFrom('resource')
    .select((eb) => eb.fn.sum<number>('version').as('versions'))
    .where('key', 'in', keys),
)

/** Returns the patients whose records these rows are part of, without those whom the rows only refer to. */
export const ownersOfRows = async (db: Db, rows: readonly RecordRow[]): Promise<readonly string[]> => {
  const owners = new Set(rows.flatMap(listedOwners))
  const keys = rows.filter((row) => listedOwners(row).length > MOST_LISTED).map(({ key }) => key)
  if (keys.length > 0)
    for (const patient of await findPatientsOfKeys(db, { keys, aboutOthers: false })) owners.add(patient)
  return [...owners]
}

const listedOwners = ({ owners }: RecordRow): readonly string[] => idsIn(owners)

/** Returns the ids of a list that SQL joined. No id contains a space. */
const idsIn = (list: string | null): readonly string[] => list?.split(' ') ?? []

/**
 * Returns up to `most` patients whom the matches of a search concern.
 *
 * @param scan how many matches are examined; absent: all.
 */
export const patientsOfMatches = async (
  db: Db,
  input: SearchInput,
  most: number,
  scan?: number,
): Promise<string[]> =>
  findPatients(db, { ...input, limit: most, scan, aboutOthers: isAboutOthers(input.type) })

/** Like `patientsOfMatches`, but returns only the patients whose records the matches are part of. */
export const ownersOfMatches = async (
  db: Db,
  input: SearchInput,
  most: number,
  scan?: number,
): Promise<string[]> => findPatients(db, { ...input, limit: most, scan, aboutOthers: false })

const findPatients = async (db: Db, input: MatchesInput): Promise<string[]> =>
  isOfPatients(input.type) ? (await findPatientsOfMatches(db, input)).map(({ patient }) => patient) : []

export const isAboutOthers = (type: string): boolean => ABOUT_OTHERS[type] !== undefined

interface Patient {
  readonly patient: string
}

interface MatchesInput extends SearchInput {
  readonly limit: number
  readonly scan: number | undefined
  /** Also the patients whom the matches refer to. */
  readonly aboutOthers: boolean
}

interface KeysInput {
  readonly keys: readonly number[]
  readonly aboutOthers: boolean
}

const findPatientsOfKeys = async (db: Db, input: KeysInput): Promise<string[]> =>
  (await patientsOfKeys(db, { ...input, limit: MOST_CONCERNED + 1 })).map(({ patient }) => patient)

const patientsOfKeys = compileByShape(
  new Set(['keys', 'limit']),
  (db, { keys, aboutOthers, limit }: KeysInput & { limit: number }) => {
    const rows = sql`(select resource.key from resource where resource.key in (${sql.join([...keys])}))`
    return patientsIn(db, rows, aboutOthers ? rows : undefined, limit)
  },
)

const findPatientsOfMatches = compileByShape(
  new Set([...BOUND_MEMBERS, 'scan']),
  (db, { limit, scan, aboutOthers, ...asked }: MatchesInput) => {
    const rows = sql`(${matchesOf(asked, scan)})`
    return patientsIn(db, rows, referringIn(rows, asked, aboutOthers), limit)
  },
)

interface CountedWithPatients {
  readonly matches: number
  /** Absent where nobody is concerned. */
  readonly patient: string | null
  readonly owns: number | null
}

/**
 * Counts the matches, up to `scan`, and returns up to `limit` patients whom they concern, each on a row of its own: one statement, because
 * another process may store a match between two.
 */
export const countWithPatients = compileByShape(
  new Set([...BOUND_MEMBERS, 'scan']),
  (db, { limit, scan, aboutOthers, ...asked }: MatchesInput) => {
    const rows = sql`matches`
    const concerned = concernedBy(rows, referringIn(rows, asked, aboutOthers))
    const statement = sql<CountedWithPatients>`with matches as materialized (${matchesOf(asked, scan)})
      select ${MATCHES_COUNT}, concerned.patient, concerned.owns from (select 1) as always
      left join (select patient, max(owns) as owns from (${concerned}) as each
        group by patient order by owns desc limit ${limit}) as concerned on 1 = 1`
    return { compile: () => statement.compile(db) }
  },
)

/** As `patientsOfRows`: inside certain records, only what is in other records too is about the others whom it refers to. */
const referringIn = (
  rows: Expression<unknown>,
  { reach }: Pick<SearchInput, 'reach'>,
  aboutOthers: boolean,
): Expression<unknown> | undefined => {
  if (!aboutOthers) return undefined
  return compartmentsOf(reach) ? ofSeveralRecords(rows) : rows
}

const ofSeveralRecords = (rows: Expression<unknown>) => sql`(select found.key from ${rows} as found
  cross join compartment where compartment.key = found.key group by found.key having count(*) > 1)`

/**
 * Selects the patients of rows. The statement begins with the rows and stops at the limit.
 *
 * @param referring those of the rows that also concern the patients whom they refer to.
 */
const patientsIn = (
  db: Db,
  rows: Expression<unknown>,
  referring: Expression<unknown> | undefined,
  limit: number,
) => {
  const statement = sql<Patient>`select distinct patient from (${concernedBy(rows, referring)}) as concerned
    limit ${limit}`
  return { compile: () => statement.compile(db) }
}

/** Selects patients more than once; `owns` is 1 where a row is part of the patient's record. */
const concernedBy = (rows: Expression<unknown>, referring: Expression<unknown> | undefined) => {
  const ownPatients = sql`select compartment.patient as patient, 1 as owns from ${rows} as found
    cross join compartment where compartment.key = found.key`
  return referring ? sql.join([ownPatients, ...referredPatients(referring)], sql` union all `) : ownPatients
}

/** Selects the patients whom rows refer to, and the patients whose record holds a resource that they refer to. */
const referredPatients = (rows: Expression<unknown>): RawBuilder<unknown>[] => [
  sql`select refers.target_id as patient, 0 as owns from ${rows} as found cross join index_reference as refers
    where refers.key = found.key and refers.target_type = 'Patient' and ${IS_ABOUT}`,
  sql`select compartment.patient as patient, 0 as owns from ${rows} as found cross join index_reference as refers
    cross join resource as target cross join compartment
    where refers.key = found.key and ${IS_ABOUT}
    and target.type = refers.target_type and target.id = refers.target_id and compartment.key = target.key`,
]

const IS_ABOUT = sql`(${sql.join(
  Object.entries(ABOUT_OTHERS).map(
    ([type, param]) => sql`(refers.type = ${sql.lit(type)} and refers.param = ${sql.lit(param)})`,
  ),
  sql` or `,
)})`

/** Resources that a search names by their ids, to find their patients. */
interface TargetsInput {
  readonly types: readonly string[]
  readonly ids: readonly string[]
  /** Only resources of these patients; absent: of any patient. */
  readonly compartment: readonly string[] | undefined
  readonly limit: number
}

/** Finds the patients whom resources concern, by type and id. */
export const patientsOfTargets = compileByShape(BOUND_MEMBERS, (db, input: TargetsInput) => {
  const { types, ids, compartment, limit } = input
  const rows = sql`(select resource.key, resource.type, resource.id from resource
    where ${isOneOf('resource.type', types)} and ${isOneOf('resource.id', ids)})`
  const own = compartment ? sql` and ${isOneOf('compartment.patient', compartment)}` : sql``
  const ownPatients = sql`select found.type, found.id, compartment.patient, 1 as owns from ${rows} as found
    cross join compartment where compartment.key = found.key${own}`
  const others = sql`select found.type, found.id, refers.target_id as patient, 0 as owns from ${rows} as found
    cross join index_reference as refers
    where refers.key = found.key and refers.target_type = 'Patient' and ${IS_ABOUT}`
  const through = sql`select found.type, found.id, compartment.patient, 0 as owns from ${rows} as found
    cross join index_reference as refers cross join resource as target cross join compartment
    where refers.key = found.key and ${IS_ABOUT}
    and target.type = refers.target_type and target.id = refers.target_id and compartment.key = target.key`
  const parts = [
    ownPatients,
    ...(compartment === undefined && types.some(isAboutOthers) ? [others, through] : []),
  ]
  const statement = sql<{ type: string; id: string; patient: string; owns: number }>`
    select type, id, patient, max(owns) as owns from (${sql.join(parts, sql` union all `)}) as named
    group by type, id, patient limit ${limit}`
  return { compile: () => statement.compile(db) }
})

/** The most owners of a resource that are read with its row, so that a page of large groups does not fill the memory. */
const MOST_LISTED = 8

/**
 * Columns of `resource` that say whom a row concerns. They are read by the row's own statement: nothing can change between the two, and
 * nearly every row then needs no other statement.
 */
export const PATIENT_COLUMNS = [
  sql<string | null>`(select string_agg(listed.patient, ' ') from (select own.patient from compartment as own
    where own.key = resource.key limit ${sql.lit(MOST_LISTED + 1)}) as listed)`.as('owners'),
  sql<number>`case when resource.type in (${sql.join(Object.keys(ABOUT_OTHERS).map((type) => sql.lit(type)))})
    and exists (select 1 from index_reference as refers where refers.key = resource.key and ${IS_ABOUT})
    then 1 else 0 end`.as('refers'),
] as const

/** A column of a statement that has its matches in `matches`: how many they are. */
export const MATCHES_COUNT = sql<number>`(select count(*) from matches)`.as('matches')

/** A column of a statement that has its matches' keys in `matches`: their patients, separated by spaces, `MOST_LISTED` and one more. */
export const PATIENTS_OF_MATCHES = sql<string | null>`(select string_agg(listed.patient, ' ') from (
  select distinct own.patient from matches cross join compartment as own where own.key = matches.key
  limit ${sql.lit(MOST_LISTED + 1)}) as listed)`.as('patients')

/** Returns the patients of all matches; `undefined` if only some of them are listed. */
export const listedPatients = (patients: string | null): readonly string[] | undefined => {
  const all = idsIn(patients)
  return all.length > MOST_LISTED ? undefined : all
}

export interface RecordRow extends PageEntry {
  readonly key: number
  readonly version: number
  /** The patients in whose compartments it is, separated by spaces: `MOST_LISTED` and one more, if there are more. */
  readonly owners: string | null
  /** 1 if it refers to others whom it is also about, else 0. */
  readonly refers: number
}
