import type { Config } from '../config.ts'
import { findSetting, putSetting } from '../store/settings.ts'
import type { Store } from '../store/store.ts'

/** The address and name of an organization, for programs that have only its database. */
type KnownOrganization = Pick<Config, 'publicUrl' | 'organization'>

const NAME = 'organization'

/** Stores the address and organization that the server was started with. */
export const rememberOrganization = async (store: Store, config: KnownOrganization): Promise<void> => {
  const { publicUrl, organization } = config
  const value = JSON.stringify({ publicUrl, organization } satisfies KnownOrganization)
  if ((await findSetting(store.db, NAME)) === value) return
  await store.write((trx) => putSetting(trx, NAME, value))
}

/** Returns what the last server start stored; `undefined` if no server ever ran on this database. */
export const findOrganization = async (store: Store): Promise<KnownOrganization | undefined> => {
  const value = await findSetting(store.db, NAME)
  return value === undefined ? undefined : (JSON.parse(value) as KnownOrganization)
}
