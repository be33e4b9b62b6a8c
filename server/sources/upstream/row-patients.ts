import { compartmentsOf, type ReachOf } from '../../fhir/access/decide-access.ts'
import { type ConcernedPatients, Disclosure, MOST_CONCERNED } from '../../fhir/access/disclosure.ts'
import { ABOUT_OTHERS, isOfPatients } from '../../fhir/search/concerned-patients.ts'
import { allPatientsIn } from '../../fhir/search/named-patients.ts'
import { FhirError } from '../../fhir-error.ts'
import { isOfPatientInR4 } from '../../query/patient-elements.ts'
import type { Reference } from '../../query/reference.ts'
import { readByIds } from './read-by-ids.ts'
import type { UpstreamRow } from './row.ts'
import { STRAY, type WalkInput } from './walk.ts'

type Deps = Pick<WalkInput, 'upstream' | 'report'>

/** The parts of a row that decide whom it concerns; smaller than a row, so that many can be kept in memory. */
export type ConcernedRow = Pick<UpstreamRow, 'type' | 'patients'> & {
  /** The patients in whose compartments it is. */
  readonly owners: readonly string[]
  readonly about: readonly Reference[]
}

/** Returns a row without its content. A row also concerns the patients whom the resources inside it name. */
export const concernedRow = ({ type, patients, contents, valuesOf }: UpstreamRow): ConcernedRow => {
  const param = ABOUT_OTHERS[type]
  return {
    type,
    owners: patients,
    patients: contents.patients.length > 0 ? [...new Set([...patients, ...contents.patients])] : patients,
    about: [
      ...(param === undefined ? [] : valuesOf(param).references.map(({ target }) => target)),
      // A visit of a group is about everybody in it.
      ...valuesOf('subject')
        .references.map(({ target }) => target)
        .filter(({ type }) => type === 'Group'),
    ],
  }
}

/** Whom rows concern. */
interface Concerned {
  readonly patients: readonly string[]
  /** Those of the rows that nobody may read, because it cannot be told whom they concern: the log could not say it. */
  readonly untold: ReadonlySet<ConcernedRow>
}

/**
 * Returns the patients whom these rows concern, as for the embedded store (`fhir/search/concerned-patients.ts`): if the reach is limited to
 * compartments, those patients. If a row is in other compartments too, or if the reach is unlimited, also every patient whose record
 * contains the row or whom it is about.
 */
export const patientsOfRows = async (
  deps: Deps,
  rows: readonly ConcernedRow[],
  reachOf: ReachOf,
): Promise<Concerned> => {
  const patients = new Set<string>()
  const lookedUp: ConcernedRow[] = []
  for (const row of rows) {
    const compartments = compartmentsOf(reachOf(row.type) ?? [])
    for (const patient of compartments ?? []) patients.add(patient)
    if (!compartments || row.patients.length > 1) lookedUp.push(row)
  }
  const found = await patientsOfEach(deps, lookedUp)
  for (const each of found) for (const patient of each ?? []) patients.add(patient)
  return { patients: [...patients], untold: new Set(lookedUp.filter((_, at) => found[at] === undefined)) }
}

/**
 * As `patientsOfRows`, for each of these rows, whatever the reach. All are looked up together.
 *
 * @returns `undefined` for a row that is about a resource of which it cannot be told whom it names: it names somebody elsewhere, or leads on
 * to another resource, or is of a type that is not read here. One that does not exist names nobody.
 */
export const patientsOfEach = async (
  { upstream, report }: Deps,
  rows: readonly ConcernedRow[],
): Promise<(ReadonlySet<string> | undefined)[]> => {
  const targets = rows.flatMap(({ about }) => about.filter(isLookedUp))
  const patients = new Map<string, readonly string[] | undefined>()
  const forget = (type: string, id: string) => {
    report(STRAY, { type, id })
    patients.set(`${type}/${id}`, undefined)
  }
  const offer = await upstream.offer()
  for (const [type, all = []] of Object.entries(Object.groupBy(targets, (target) => target.type))) {
    const ids = all.map(({ id }) => id)
    const offered = isOfPatients(type) ? offer.get(type) : undefined
    if (!offered?.read && !offered?.search) for (const id of ids) forget(type, id)
    else {
      const { untold } = await readByIds(upstream, type, ids, (row) => {
        const { about } = concernedRow(row)
        if (row.isStray || about.some(isLookedUp)) return forget(type, row.id)
        const named = new Set([...row.patients, ...patientsIn(about)])
        // One more than an answer may concern is enough to refuse it.
        patients.set(`${type}/${row.id}`, [...named].slice(0, MOST_CONCERNED + 1))
      })
      for (const id of untold) forget(type, id)
    }
  }
  const ofTarget = ({ type, id }: Reference): readonly string[] | undefined => {
    const name = `${type}/${id}`
    return type === 'Patient' ? [id] : patients.has(name) ? patients.get(name) : []
  }
  return rows.map((row) => {
    const found = row.about.map(ofTarget)
    return found.includes(undefined)
      ? undefined
      : new Set([...row.patients, ...found.flatMap((some) => some ?? [])])
  })
}

const isLookedUp = ({ type }: Reference): boolean => type !== 'Patient' && isOfPatientInR4(type)

const patientsIn = (references: readonly Reference[]): string[] =>
  references.flatMap(({ type, id }) => (type === 'Patient' ? [id] : []))

/**
 * Makes a refusal of an error that came after rows were read, or of a search that names patients. The error may depend on them, so it
 * concerns them.
 *
 * @throws the error, if it concerns nobody or is not a refusal.
 */
export const refusedAfter = (
  error: unknown,
  rows: readonly ConcernedRow[],
  compartments: readonly string[] = [],
  { owners, named }: Pick<ConcernedPatients, 'owners' | 'named'> = {},
): Disclosure<never> => {
  const namedInSearch = named ? allPatientsIn(named) : []
  if (!(error instanceof FhirError) || rows.length + namedInSearch.length === 0) throw error
  const namedPatients = rows.flatMap(({ patients, about }) => [...patients, ...patientsIn(about)])
  const all = new Set([...compartments, ...namedInSearch, ...namedPatients])
  return Disclosure.refused(error, { patients: [...all], ...(owners && { owners }), ...(named && { named }) })
}

/**
 * Makes a refusal of an error that came when a patient was asked for by id. Whatever it says, it says of that patient.
 *
 * @throws the error, if it is not a refusal.
 */
export const refusedFor = (error: unknown, patient: string): Disclosure<never> => {
  if (!(error instanceof FhirError)) throw error
  return Disclosure.refused(error, { patients: [patient], owners: [patient] })
}
