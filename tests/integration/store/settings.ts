import type { Db } from '../../../server/store/schema.ts'

export const put = (trx: Db, name: string) => trx.insertInto('setting').values({ name, value: 'x' }).execute()

/** The names that `put` stored. */
export const namesIn = async (db: Db): Promise<string[]> => {
  const rows = await db
    .selectFrom('setting')
    .select('name')
    .where('value', '=', 'x')
    .orderBy('name')
    .execute()
  return rows.map(({ name }) => name)
}
