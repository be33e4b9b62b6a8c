import type { Db } from './schema.ts'

/** Finds what the database holds under a name for all processes that use it. */
export const findSetting = async (db: Db, name: string): Promise<string | undefined> =>
  (await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst())?.value

/** Stores a setting, and replaces the one before. */
export const putSetting = async (trx: Db, name: string, value: string): Promise<void> => {
  await trx
    .insertInto('setting')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

/** Stores a setting unless there is one. */
export const addSetting = async (trx: Db, name: string, value: string): Promise<void> => {
  await trx
    .insertInto('setting')
    .values({ name, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
