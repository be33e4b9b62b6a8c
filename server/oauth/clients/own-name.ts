import { errors } from 'oidc-provider'
import { skeletonOf } from '../../../values/look-alikes.ts'
import { faultOfName } from '../../../values/readable-name.ts'
import { AlreadyTaken } from '../../grants/stored-id.ts'
import type { Db } from '../../store/schema.ts'
import { putSetting } from '../../store/settings.ts'
import { putCompared } from '../seam/compared-record.ts'
import type { ClientRecord } from './client-policy.ts'
import { newGeneration } from './end-client.ts'
import { putClientOrigins } from './origins.ts'

/**
 * Checks a new name of an application, wherever one is stored: every person who is asked for access decides by it. It shows what it
 * holds, and does not look like the name of another application. The very same name is allowed: an application may be registered
 * twice, and the consent page tells its addresses apart.
 *
 * @param before the registered metadata; absent for a new application. A name that stays is not checked.
 * @throws InvalidClientMetadata that says what is wrong with the name.
 */
export const requireOwnName = async (
  db: Db,
  { client_id, client_name }: ClientRecord,
  before?: ClientRecord,
): Promise<void> => {
  if (typeof client_name !== 'string' || client_name === before?.client_name) return
  const fault = faultOfName(client_name)
  if (fault !== undefined) throw new errors.InvalidClientMetadata(`client_name ${fault}`)
  const alike = await db
    .selectFrom('client_name')
    .select('name')
    .where('skeleton', '=', skeletonOf(client_name))
    .where('client_id', '!=', String(client_id))
    .where('name', '!=', client_name)
    .limit(1)
    .executeTakeFirst()
  if (alike)
    throw new errors.InvalidClientMetadata(
      `client_name looks like "${alike.name}", the name of another application`,
    )
}

interface ClientPayload {
  readonly id: string
  readonly payload: string
}

/** Stores by what an application is looked up, in the transaction that stores its registration: its pages, and its name. */
export const putClientLookups = async (trx: Db, row: ClientPayload): Promise<void> => {
  await putClientOrigins(trx, row)
  await putClientName(trx, row)
}

const putClientName = async (trx: Db, { id, payload }: ClientPayload): Promise<void> => {
  const { client_name: name } = JSON.parse(payload) as ClientRecord
  await trx.deleteFrom('client_name').where('client_id', '=', id).execute()
  if (typeof name !== 'string') return
  await trx
    .insertInto('client_name')
    .values({ client_id: id, name, skeleton: skeletonOf(name) })
    .execute()
}

/** The row that a transaction holds while it stores a name, so that two that look alike are not stored at once. */
const NAMES = 'client.names'

/** Checks a name as `requireOwnName` does, in the transaction that stores it. @throws InvalidClientMetadata */
export const holdOwnName = async (trx: Db, client: ClientRecord, before?: ClientRecord): Promise<void> => {
  await putSetting(trx, NAMES, String(client.client_id))
  await requireOwnName(trx, client, before)
}

/**
 * Stores a registration as `putCompared` does, and checks its name once more in the same transaction.
 *
 * @throws AlreadyTaken when another request took the name, or changed or deleted the registration.
 */
export const putRegistration = async (
  trx: Db,
  row: Parameters<typeof putCompared>[1],
  before: string | undefined,
): Promise<void> => {
  const registration = JSON.parse(String(row.payload)) as ClientRecord
  await holdOwnName(trx, registration, before === undefined ? undefined : JSON.parse(before)).catch(
    (error: unknown) => {
      throw error instanceof errors.InvalidClientMetadata ? new AlreadyTaken(String(row.model)) : error
    },
  )
  const generation = before === undefined && { client_generation: newGeneration() }
  await putCompared(trx, { ...row, ...generation }, before)
  await putClientLookups(trx, row)
}
