import type { Config } from '../config.ts'
import type { Store } from '../store/store.ts'

/** Who an organization is, for a program that works on its database and was not told. */
export type KnownOrganization = Pick<Config, 'publicUrl' | 'organization'>

const NAME = 'organization'

/** Keeps what the server was started with. */
export const rememberOrganization = async (store: Store, config: KnownOrganization): Promise<void> => {
  const { publicUrl, organization } = config
  const value = JSON.stringify({ publicUrl, organization } satisfies KnownOrganization)
  if ((await findValue(store)) === value) return
  await store.write((trx) =>
    trx
      .insertInto('setting')
      .values({ name: NAME, value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute(),
  )
}

/** As the server was started last; `undefined` when it never was on this database. */
export const findOrganization = async (store: Store): Promise<KnownOrganization | undefined> => {
  const value = await findValue(store)
  return value === undefined ? undefined : (JSON.parse(value) as KnownOrganization)
}

const findValue = async ({ db }: Store): Promise<string | undefined> =>
  (await db.selectFrom('setting').select('value').where('name', '=', NAME).executeTakeFirst())?.value
