import type { Person } from '../../audit/erase/mentions.ts'
import { isObject, type Json, stringsAt, valuesAt } from '../../query/json-path.ts'
import type { Db } from '../../store/schema.ts'

const VALUES = ['identifier.value', 'telecom.value', 'birthDate']

/**
 * Finds what the organization knows a patient by, for an erasure of the log: from the Patient resource, if it is in this database, and
 * from the accounts that open the record.
 */
export const findPerson = async (db: Db, patient: string): Promise<Person> => {
  const row = await db
    .selectFrom('resource')
    .select('json')
    .where('type', '=', 'Patient')
    .where('id', '=', patient)
    .executeTakeFirst()
  const accounts = await db
    .selectFrom('account')
    .select(['id', 'name'])
    .where('patient', '=', patient)
    .execute()
  const resource = row ? (JSON.parse(row.json) as Json) : {}
  return {
    patient,
    accounts: accounts.map(({ id }) => id),
    values: VALUES.flatMap((path) => stringsAt(resource, path)),
    names: [
      ...accounts.map(({ name }) => name),
      ...valuesAt(resource, 'name').filter(isObject).flatMap(namesIn),
    ],
  }
}

/** Returns a name as it is written, and each given name with the family name. */
const namesIn = (name: Json): string[] => {
  const [family = ''] = stringsAt(name, 'family')
  return [...stringsAt(name, 'text'), ...stringsAt(name, 'given').map((given) => `${given} ${family}`)]
}
