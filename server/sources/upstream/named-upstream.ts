import type { NamedPatients, ValuePatients } from '../../fhir/access/disclosure.ts'
import { MOST_COUNTED } from '../../fhir/search/concerned-patients.ts'
import { codesOf, isIdentifier, ownedBy, type Target, targetsIn } from '../../fhir/search/named-patients.ts'
import { type FhirError, upstreamCostly, upstreamWrong } from '../../fhir-error.ts'
import type { Filter, Query } from '../../query/query.ts'
import { createPauses } from '../../turns.ts'
import { readByIds } from './read-by-ids.ts'
import { matchesAll, type UpstreamRow } from './row.ts'
import { type ConcernedRow, concernedRow, patientsOfEach } from './row-patients.ts'
import { streamsOf } from './streams.ts'
import { budgetOf, type WalkInput, walk } from './walk.ts'

/** The most resources that are looked up because a search names them. */
const MOST_LOOKED_UP = 100

interface Naming extends Pick<WalkInput, 'upstream' | 'report'> {
  readonly query: Query
  /** The rows that any filter's value found. */
  readonly rows: readonly UpstreamRow[]
  /** Set if the holder reaches certain patients only. They are in the log anyway, so nothing is looked up. */
  readonly isBound: boolean
  /** Whether the rows may lack some that match. */
  readonly isIncomplete: boolean
}

/**
 * Finds the patients whom the values of a search name, whether or not anything matches, as for the embedded store
 * (`fhir/search/named-patients.ts`): by their id, by the id of a resource of theirs, or by an identifier.
 */
export const namedUpstream = async (naming: Naming): Promise<NamedPatients> => {
  const { query, rows, isBound } = naming
  const patientsByFilter = new Map<Filter, readonly ValuePatients[]>()
  const rowsFound = isBound ? [] : await lookUp(naming, query, rows)
  for (const filter of query.filters) {
    const targets = targetsIn(query.type, filter)
    if (targets.length > 0) {
      const inHand = await patientsInHand(targets, filter, rows)
      patientsByFilter.set(
        filter,
        targets.map((target) => patientsOfTarget(target, filter, { rows, rowsFound, inHand })),
      )
    } else if (!isBound && isIdentifier(filter))
      patientsByFilter.set(filter, [ownedBy(await holdersOf(naming, filter))])
  }
  return patientsByFilter
}

/** Returns the patients whom the values of a search name by their own ids: nothing has to be read for that. */
export const namedById = ({ type, filters }: Query): NamedPatients =>
  new Map(
    filters.map((filter) => [
      filter,
      targetsIn(type, filter).map(({ id, isPatient }) => ownedBy(isPatient ? [id] : [])),
    ]),
  )

interface Found extends Pick<UpstreamRow, 'type' | 'id'> {
  /** The patients in whose compartments it is. */
  readonly owners: readonly string[]
  readonly patients: readonly string[]
}

/**
 * Looks up the resources of patients that the values name, unless they are among the rows.
 *
 * @throws FhirError 403 when they are too many, whatever is among the rows; 502 when nothing shows which of them exist.
 */
const lookUp = async (
  { upstream, report }: Pick<Naming, 'upstream' | 'report'>,
  { type, filters }: Query,
  rows: readonly UpstreamRow[],
): Promise<Found[]> => {
  const offer = await upstream.offer()
  const named = filters
    .flatMap((filter) => targetsIn(type, filter))
    .flatMap(({ types, id, isPatient }) => (isPatient ? [] : types.map((each) => ({ type: each, id }))))
    .filter((target) => offer.has(target.type))
  if (named.length > MOST_LOOKED_UP) throw upstreamCostly()
  const pageKeys = new Set(named.length === 0 ? [] : rows.map((row) => `${row.type}/${row.id}`))
  const targets = named.filter((target) => !pageKeys.has(`${target.type}/${target.id}`))
  const wantsOwn = filters.some(({ kind }) => kind === 'id')
  const byType = Object.entries(Object.groupBy(targets, (target) => target.type))
  const found: (Pick<UpstreamRow, 'type' | 'id'> & { concerned: ConcernedRow })[] = []
  const keep = (row: UpstreamRow): void => {
    found.push({ type: row.type, id: row.id, concerned: concernedRow(row) })
  }
  // A row that is in no patient's record, such as a Group, still names the patients whom it is about.
  if (wantsOwn) rows.filter(({ patients }) => patients.length === 0).forEach(keep)
  await Promise.all(
    byType.map(async ([each, all = []]) => {
      const ids = all.map(({ id }) => id)
      const { untold } = await readByIds(upstream, each, ids, keep)
      // The log could not name the patients of the others.
      if (untold.length > 0) throw upstreamWrong()
    }),
  )
  const patients = await patientsOfEach(
    { upstream, report },
    found.map(({ concerned }) => concerned),
  )
  return found.map(({ type: each, id, concerned: { owners } }, at) => ({
    ...{ type: each, id, owners },
    // A resource that nobody may read is treated as if it did not exist.
    patients: [...(patients[at] ?? owners)],
  }))
}

/** Returns the patients whom the rows name where a reference filter looks, read once for all of its values. */
const patientsInHand = async (
  targets: readonly Target[],
  filter: Filter,
  rows: readonly UpstreamRow[],
): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>()
  if (
    filter.kind !== 'reference' ||
    !targets.some((each) => !each.isPatient && each.types.includes('Patient'))
  )
    return ids
  const pause = createPauses()
  for (const row of rows) {
    for (const { target } of row.valuesOf(filter.param).references)
      if (target.type === 'Patient') ids.add(target.id)
    await pause()
  }
  return ids
}

interface Known {
  readonly rows: readonly UpstreamRow[]
  readonly rowsFound: readonly Found[]
  /** As `patientsInHand` returns them. */
  readonly inHand: ReadonlySet<string>
}

const patientsOfTarget = (
  { id, types, isPatient }: Target,
  filter: Filter,
  { rows, rowsFound, inHand }: Known,
): ValuePatients => {
  if (isPatient) return ownedBy([id])
  const own = filter.kind === 'id' ? rows.find((row) => row.id === id) : undefined
  if (own && own.patients.length > 0) return ownedBy(own.patients)
  const isInHand = types.includes('Patient') && inHand.has(id)
  const matches = rowsFound.filter((row) => row.id === id && types.includes(row.type))
  const owners = [...(isInHand ? [id] : []), ...matches.flatMap((row) => row.owners)]
  const patients = new Set([...owners, ...matches.flatMap((row) => row.patients)])
  return { patients, owners: owners.length > 0 ? new Set(owners) : patients }
}

/**
 * Finds the patients who have one of these identifiers; none if too many have it, because it then identifies nobody.
 *
 * @throws FhirError 403 when there are too many to find all of them, or a list of values has too many; 502 when upstream left some out.
 */
const holdersOf = async (
  { upstream, report, query: { type, filters, usedParameters }, rows, isIncomplete }: Naming,
  filter: Filter & { kind: 'token' },
): Promise<string[]> => {
  const holders = new Set(rows.flatMap((row) => (matchesAll(row, [filter]) ? row.patients : [])))
  if (filters.length === 1 && isIncomplete) throw upstreamWrong()
  if (filters.length === 1) return [...holders]
  const any = codesOf(filter)
  const { patients: owners, refusal } = await allPatients(
    { upstream, report },
    { type, filters: [{ ...filter, any }], usedParameters },
  )
  if (refusal) throw refusal
  const all = new Set([...holders, ...owners])
  if (all.size > MOST_COUNTED && any.length > 1) throw upstreamCostly()
  return all.size > MOST_COUNTED ? [] : [...all]
}

/** The most pages that are read to find them. */
const MOST_PAGES = 10

type Asked = Pick<Query, 'type' | 'filters' | 'usedParameters'>

/**
 * Finds the patients in whose records something matches, `MOST_COUNTED` and a few more at most. The log has to name all of them,
 * and those who were found before a refusal.
 *
 * @returns also a refusal if they cannot all be found: 403, or 502 when upstream left some out.
 */
export const allPatients = async (
  { upstream, report }: Pick<WalkInput, 'upstream' | 'report'>,
  { type, filters, usedParameters }: Asked,
): Promise<{ patients: ReadonlySet<string>; refusal?: FhirError }> => {
  const rows = walk({
    upstream,
    streams: streamsOf({ type, filters, reach: [{}], usedParameters }, await upstream.offer()),
    count: MOST_COUNTED + 1,
    budget: budgetOf(MOST_PAGES),
    accepts: (row: UpstreamRow) => matchesAll(row, filters),
    report,
  })
  const patients = new Set<string>()
  for (let row = await rows.next(); row; row = await rows.next()) {
    for (const patient of row.patients) patients.add(patient)
    if (patients.size > MOST_COUNTED) return { patients }
  }
  if (rows.doubts.has('incomplete')) return { patients, refusal: upstreamWrong() }
  return { patients, ...(rows.place() !== undefined && { refusal: upstreamCostly() }) }
}
