import type { Filter, Query } from '../../query/query.ts'
import { ID } from '../../query/reference.ts'
import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'
import { MOST_CONCERNED, type NamedPatients, type ValuePatients } from '../access/disclosure.ts'
import {
  isAboutOthers,
  isOfPatients,
  MOST_COUNTED,
  ownersOfMatches,
  patientsOfMatches,
  patientsOfTargets,
} from './concerned-patients.ts'

/** The resource that one value of a filter may be the id of. */
export interface Target {
  readonly types: readonly string[]
  readonly id: string
  /** The id can be nobody's but a patient's. */
  readonly isPatient: boolean
}

/**
 * Finds the patients whom the values of a search name, whether or not anything matches: by their id, by the reference or `_id` of
 * a resource of theirs, by an identifier or a telephone number.
 *
 * @param within looks up resources of these patients only, if the holder reaches no others.
 * @param isElsewhere the records are not in this database, so an id that can only be a patient's is taken for one.
 */
export const findNamedPatients = async (
  db: Db,
  { type, filters }: Query,
  within: readonly string[] | undefined,
  isElsewhere = false,
): Promise<SearchNames> => {
  const targets = filters.flatMap((filter) => targetsIn(type, filter))
  const idsOfPatients = targets.filter(({ types }) => types.includes('Patient')).map(({ id }) => id)
  const known = within ? new Set(within) : await knownPatients(db, [...new Set(idsOfPatients)])
  const open = targets.filter(({ isPatient, types }) => !isPatient && types.length > 0)
  const types = [...new Set(open.flatMap((target) => target.types))].sort()
  const ids = [...new Set(open.map(({ id }) => id))]
  const limit = (MOST_CONCERNED + 1) * ids.length
  const rows = ids.length === 0 ? [] : await patientsOfTargets(db, { types, ids, compartment: within, limit })
  const patientsOfTarget = ({ types, id, isPatient }: Target): ValuePatients => {
    const self = types.includes('Patient') && (known.has(id) || (isPatient && isElsewhere)) ? [id] : []
    if (isPatient) return ownedBy(self)
    const matches = rows.filter((row) => row.id === id && types.includes(row.type))
    const patients = [...self, ...matches.map(({ patient }) => patient)]
    const owners = [...self, ...matches.flatMap(({ patient, owns }) => (owns ? [patient] : []))]
    return { patients: new Set(patients), owners: new Set(owners.length > 0 ? owners : patients) }
  }
  const patientsByFilter = new Map<Filter, readonly ValuePatients[]>()
  let cut = limit > 0 && rows.length >= limit
  for (const filter of filters) {
    patientsByFilter.set(filter, targetsIn(type, filter).map(patientsOfTarget))
    if (within !== undefined || !isIdentifier(filter)) continue
    const holders = await findIdentifierHolders(db, type, filter)
    patientsByFilter.set(filter, [holders ?? ownedBy([])])
    if (!holders && codesOf(filter).length > 1) cut = true
  }
  return { named: patientsByFilter, cut }
}

interface SearchNames {
  readonly named: NamedPatients
  /** More patients are named than one answer may concern, so `named` is incomplete. */
  readonly cut: boolean
}

export const allPatientsIn = (patientsByFilter: NamedPatients): string[] => [
  ...new Set(
    [...patientsByFilter.values()].flatMap((values) => values.flatMap(({ patients }) => [...patients])),
  ),
]

export const ownedBy = (ids: readonly string[]): ValuePatients => {
  const patients = new Set(ids)
  return { patients, owners: patients }
}

export const targetsIn = (type: string, filter: Filter): Target[] => {
  if (filter.kind === 'id')
    return filter.ids.map((id) => ({
      id,
      types: isOfPatients(type) && ID.test(id) ? [type] : [],
      isPatient: type === 'Patient' && ID.test(id),
    }))
  if (filter.kind !== 'reference') return []
  return filter.any.map(({ types, id }) => ({
    id,
    types: types.filter(isOfPatients),
    // A performer's bare id, for example, may be a practitioner's; a subject is hardly ever anybody but a patient.
    isPatient: types.includes('Patient') && (types.length === 1 || filter.param === 'subject'),
  }))
}

export const isIdentifier = (filter: Filter): filter is Filter & { kind: 'token' } =>
  filter.kind === 'token' && filter.selective && filter.any.some(({ code }) => code !== undefined)

/** Finds the patients who have one of these identifiers; undefined if too many have. */
const findIdentifierHolders = async (
  db: Db,
  type: string,
  filter: Filter & { kind: 'token' },
): Promise<ValuePatients | undefined> => {
  const input = { type, filters: [{ ...filter, any: codesOf(filter) }], reach: [{}], startsAt: 0 }
  const owners = await ownersOfMatches(db, input, MOST_COUNTED + 1)
  if (owners.length > MOST_COUNTED) return undefined
  // A patient to whom another has a link is concerned, but has a number of their own.
  const linked = isAboutOthers(type) ? await patientsOfMatches(db, input, MOST_COUNTED + 1) : []
  return { patients: new Set([...owners, ...linked]), owners: new Set(owners) }
}

/** The values that name a code. One that too many patients have identifies nobody; a list with such a one is refused. */
export const codesOf = ({ any }: Filter & { kind: 'token' }) => any.filter(({ code }) => code !== undefined)

/**
 * Returns those of some ids that are a patient's: of a record, an account, or the access log. Whatever else was typed as an id, such as
 * a record number, is nobody's, and so it becomes no patient of the log.
 */
const knownPatients = async (db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> => {
  if (ids.length === 0) return new Set()
  const known = new Set((await patientsAmong(db, { ids })).map(({ id }) => id))
  const others = ids.filter((id) => !known.has(id))
  // A record may have no Patient.
  if (others.length > 0) for (const { id } of await ownersAmong(db, { ids: others })) known.add(id)
  return known
}

interface Ids {
  readonly ids: readonly string[]
}

const BOUND = new Set(['ids'])

const patientsAmong = compileByShape(BOUND, (db, { ids }: Ids) =>
  db
    .selectFrom('resource')
    .select('id')
    .where('type', '=', 'Patient')
    .where('id', 'in', [...ids])
    .union(
      db
        .selectFrom('account')
        .select((eb) => eb.ref('patient').$castTo<string>().as('id'))
        .where('patient', 'in', [...ids]),
    )
    .union(
      db
        .selectFrom('audit_patient')
        .select('patient as id')
        .where('patient', 'in', [...ids]),
    ),
)

const ownersAmong = compileByShape(BOUND, (db, { ids }: Ids) =>
  db
    .selectFrom('compartment')
    .select('patient as id')
    .distinct()
    .where('patient', 'in', [...ids]),
)
