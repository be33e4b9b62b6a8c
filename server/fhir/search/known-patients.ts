import type { Db } from '../../store/schema.ts'
import { compileByShape } from '../../store/statements/compile-by-shape.ts'

/**
 * Returns those of some ids that are a patient's: of a record, an account, or the access log. Whatever else was typed as an id, such as
 * a record number, is nobody's, and so it becomes no patient of the log.
 */
export const knownPatients = async (db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> => {
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
