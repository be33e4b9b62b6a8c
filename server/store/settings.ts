import type { Db } from './schema.ts'

/** Returns a setting, which all processes on the database share. */
export const findSetting = async (db: Db, name: string): Promise<string | undefined> =>
  (await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst())?.value

/** Stores a setting in place of the previous one. */
export const putSetting = async (trx: Db, name: string, value: string): Promise<void> => {
  await trx
    .insertInto('setting')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}

/** Stores a setting unless it exists. */
export const addSetting = async (trx: Db, name: string, value: string): Promise<void> => {
  await trx
    .insertInto('setting')
    .values({ name, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
