import type { Config, Source } from '../config.ts'
import { findSetting, putSetting } from '../store/settings.ts'
import type { Store } from '../store/store.ts'

/** The address and name of an organization, for programs that have only its database. */
type KnownOrganization = Pick<Config, 'publicUrl' | 'organization'> & {
  /** The kind of its source, if its records are not in its own database. */
  readonly sourceKind?: Source['kind']
}

const NAME = 'organization'

/** Stores the address, the organization and the kind of source that the server was started with. */
export const rememberOrganization = async (store: Store, config: Config): Promise<void> => {
  const { publicUrl, organization, source } = config
  const sourceKind = source.kind === 'embedded' ? undefined : source.kind
  const value = JSON.stringify({
    publicUrl,
    organization,
    ...(sourceKind && { sourceKind }),
  } satisfies KnownOrganization)
  if ((await findSetting(store.db, NAME)) === value) return
  await store.write((trx) => putSetting(trx, NAME, value))
}

/** Returns what the last server start stored; `undefined` if no server ever ran on this database. */
export const findOrganization = async (store: Store): Promise<KnownOrganization | undefined> => {
  const value = await findSetting(store.db, NAME)
  return value === undefined ? undefined : (JSON.parse(value) as KnownOrganization)
}

/** Returns the kind of source that the last server start on this database was given. */
export const findSourceKind = async (store: Store): Promise<Source['kind']> =>
  (await findOrganization(store))?.sourceKind ?? 'embedded'
