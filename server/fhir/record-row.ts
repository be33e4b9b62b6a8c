import { compileByShape } from '../store/compile-by-shape.ts'
import type { Db } from '../store/schema.ts'
import { compartmentsOf, type ReachOf } from './access.ts'
import type { PageEntry } from './source.ts'

export interface RecordRow extends PageEntry {
  readonly key: number
}

/** Whose record these rows show. Within compartments it is known; else the resources say it. */
export const patientsShown = async (
  db: Db,
  rows: readonly RecordRow[],
  reachOf: ReachOf,
): Promise<string[]> => {
  const patients = new Set<string>()
  const open: number[] = []
  const known = new Map<string, readonly string[] | undefined>()
  for (const { type, key, id } of rows) {
    if (!known.has(type)) known.set(type, compartmentsOf(reachOf(type) ?? []))
    const compartments = known.get(type)
    if (compartments) for (const patient of compartments) patients.add(patient)
    else if (type === 'Patient') patients.add(id)
    else open.push(key)
  }
  for (const patient of await patientsOfKeys(db, open)) patients.add(patient)
  return [...patients]
}

export const patientsOfKeys = async (db: Db, keys: readonly number[]): Promise<string[]> =>
  keys.length === 0 ? [] : (await patientRows(db, { keys })).map(({ patient }) => patient)

const patientRows = compileByShape(new Set(['keys']), (db, { keys }: { keys: readonly number[] }) =>
  db.selectFrom('compartment').select('patient').distinct().where('key', 'in', keys),
)
