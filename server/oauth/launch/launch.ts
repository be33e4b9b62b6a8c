import { randomBytes } from 'node:crypto'
import { errors } from 'oidc-provider'
import { boundRecords, storeBoundRecord } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { storedId } from '../../grants/stored-id.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { findLaunchable } from '../clients/launchable-clients.ts'

/** The patient and visit that were open when an application was launched (SMART App Launch 2.2, section 2.1.2). */
interface Launch {
  readonly clientId: string
  /** Where the application received it. It counts only while the application is registered with that address. */
  readonly launchUri: string
  /** The account that launched it and must sign in. The launch ends with that account's generation. */
  readonly accountId: string
  readonly patient: string
  readonly encounter?: string
}

/** A launch that is stored with the generation of its application (`OauthRecordTable.client_generation`). */
interface LaunchOf extends Omit<Launch, 'accountId'> {
  readonly generation: string
}

const MODEL = 'Launch'
/** How long a launch may be presented, in milliseconds. */
const LIFETIME = 5 * 60_000

/** The launch was already used, or belongs to another person. */
export class LaunchRefused extends Error {
  readonly code = 'launch-refused'
  constructor() {
    super('This launch was already used, or belongs to somebody else. Launch the application again.')
  }
}

export interface NewLaunch {
  readonly value: string
  readonly save: (trx: Db) => Promise<void>
}

/** Creates a launch; `save` runs inside a transaction. Only the launched application receives `value`. */
export const newLaunch = (
  { generation, ...launch }: LaunchOf,
  account: SignedInAccount,
  now: number,
): NewLaunch => {
  const value = randomBytes(32).toString('base64url')
  return {
    value,
    save: async (trx) => {
      await storeBoundRecord(trx, account, {
        model: MODEL,
        id: storedId(value),
        payload: JSON.stringify({ ...launch, accountId: account.id }),
        expires_at: now + LIFETIME,
        client_generation: generation,
      })
    },
  }
}

/** Finds a launch that is not used yet. Ignores its lifetime, which only limits when it may first be presented. */
export const findLaunch = async (store: Store, value: string): Promise<Launch | undefined> =>
  (await findRow(store, value))?.launch

/**
 * Checks a launch at the authorization endpoint (S12).
 *
 * @throws InvalidRequest when it is unknown, expired, already used or another application's, without revealing which.
 */
export const requireLaunch = async (
  store: Store,
  value: string,
  clientId: string | undefined,
  now: number,
): Promise<void> => {
  const row = await findRow(store, value)
  if (!row || row.expiresAt <= now || row.launch.clientId !== clientId)
    throw new errors.InvalidRequest(
      'launch is unknown, has expired or belongs to another application; launch this application again',
    )
}

/**
 * Uses up a launch by compare-and-set, so that only one of several requests succeeds.
 *
 * @throws LaunchRefused when another request used it first.
 */
export const takeLaunch = async (trx: Db, value: string, now: number): Promise<void> => {
  const { numUpdatedRows } = await trx
    .updateTable('oauth_record')
    .set({ consumed_at: now })
    .where('model', '=', MODEL)
    .where('id', '=', storedId(value))
    .where('consumed_at', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) throw new LaunchRefused()
}

const findRow = async (
  store: Store,
  value: string,
): Promise<{ launch: Launch; expiresAt: number } | undefined> => {
  const row = await boundRecords(store.db, MODEL)
    .select(['record.payload', 'record.expires_at', 'record.client_generation'])
    .where('record.id', '=', storedId(value))
    .where('record.consumed_at', 'is', null)
    .executeTakeFirst()
  const launch = row && (JSON.parse(row.payload) as Launch)
  if (!launch || !(await isRegistered(store, launch, row.client_generation))) return undefined
  return { launch, expiresAt: row.expires_at ?? 0 }
}

const isRegistered = async (
  store: Store,
  { clientId, launchUri }: Launch,
  generation: string,
): Promise<boolean> => {
  const client = await findLaunchable(store, clientId)
  return client?.launchUri === launchUri && client.generation === generation
}
