import type { Config, Source } from '../config.ts'
import type { Db } from './schema.ts'
import { addSetting, findSetting, putSetting } from './settings.ts'
import type { Store } from './store.ts'

/** The address and name of an organization, for programs that have only its database. */
type KnownOrganization = Pick<Config, 'publicUrl' | 'organization'> & {
  /** The kind of its source, if its records are not in its own database. */
  readonly sourceKind?: Source['kind']
}

const NAME = 'organization'

/** Another organization's server, or the same one's at another address, uses this database. */
class AddressRefused extends Error {
  readonly code = 'address-refused'
  constructor(known: string, address: string) {
    super(
      `This database belongs to ${known}, not to ${address}: tokens, links and the access log name that address. To move the organization, stop all of its servers and start once with --move-address; people and applications then sign in at the new address.`,
    )
  }
}

/**
 * Stores the address, the organization and the kind of source that the server was started with. Addresses of this machine replace each
 * other, because they are no organization's.
 *
 * @param moves whether the operator moves the organization to this address.
 * @throws AddressRefused
 */
export const rememberOrganization = async (store: Store, config: Config, moves = false): Promise<void> => {
  const { publicUrl, organization, source } = config
  const sourceKind = source.kind === 'embedded' ? undefined : source.kind
  const value = JSON.stringify({
    publicUrl,
    organization,
    ...(sourceKind && { sourceKind }),
  } satisfies KnownOrganization)
  if ((await findSetting(store.db, NAME)) === value) return
  await store.write(async (trx) => {
    // First, so that of two servers that start at the same time one sees the other's.
    await addSetting(trx, NAME, value)
    await requireAddress(trx, publicUrl, moves)
    await putSetting(trx, NAME, value)
  })
}

/**
 * @param moves as that of `rememberOrganization`.
 * @returns the other address that the database has, if it may be replaced.
 * @throws AddressRefused if it may not.
 */
export const requireAddress = async (
  db: Db,
  publicUrl: string,
  moves: boolean,
): Promise<string | undefined> => {
  const value = await findSetting(db, NAME)
  const known = value === undefined ? publicUrl : (JSON.parse(value) as KnownOrganization).publicUrl
  if (known === publicUrl) return undefined
  // Every other address has TLS (`requirePublicUrl`).
  const areOnThisMachine = [known, publicUrl].every((url) => url.startsWith('http:'))
  if (!moves && !areOnThisMachine) throw new AddressRefused(known, publicUrl)
  return known
}

/** Returns what the last server start stored; `undefined` if no server ever ran on this database. */
export const findOrganization = async (store: Store): Promise<KnownOrganization | undefined> => {
  const value = await findSetting(store.db, NAME)
  return value === undefined ? undefined : (JSON.parse(value) as KnownOrganization)
}

/** Returns the kind of source that the last server start on this database was given. */
export const findSourceKind = async (store: Store): Promise<Source['kind']> =>
  (await findOrganization(store))?.sourceKind ?? 'embedded'
