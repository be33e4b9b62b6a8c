import type { Db } from '../store/schema.ts'
import { boundRecords, storeBoundRecord } from './accounts.ts'
import type { SignedInAccount } from './authorization.ts'
import { storedId } from './stored-id.ts'

const MODEL = 'Unticked'
/** The most boxes that are remembered of one person and application, because an application may invent limits for its scopes. */
const MOST_REMEMBERED = 100
/** Stands for the names once there were more: then no box is ticked, because none that was left unticked may be. */
const EVERY = '*'

/** An application, with its generation at the consent. */
interface Presenter {
  readonly clientId: string
  readonly generation: string
}

/**
 * Returns the offers that a person left unticked when this application last asked for them and something was allowed. They are
 * remembered after the grant ends, but only for the account and the application as they were then.
 */
export const findUnticked = async (
  db: Db,
  account: SignedInAccount,
  clientId: string,
): Promise<Pick<ReadonlySet<string>, 'has'>> => {
  const names = await findNames(db, account, clientId)
  return names === EVERY ? { has: () => true } : new Set(names)
}

const findNames = async (
  db: Db,
  account: SignedInAccount,
  clientId: string,
): Promise<readonly string[] | typeof EVERY> => {
  const row = await boundRecords(db, MODEL)
    .innerJoin('oauth_record as client', (join) =>
      join.onRef('client.client_generation', '=', 'record.client_generation'),
    )
    .where('record.id', '=', idOf(account, clientId))
    .where('client.model', '=', 'Client')
    .where('client.id', '=', clientId)
    .select('record.payload')
    .executeTakeFirst()
  return row ? JSON.parse(row.payload) : []
}

/** Remembers what was left unticked, and of offers that were not on the page what is known of them. The caller holds the account. */
export const rememberUnticked = async (
  trx: Db,
  account: SignedInAccount,
  { clientId, generation }: Presenter,
  { offered, unticked }: { offered: readonly string[]; unticked: readonly string[] },
): Promise<void> => {
  const known = await findNames(trx, account, clientId)
  if (known === EVERY) return
  const id = idOf(account, clientId)
  const names = [...unticked, ...known.filter((name) => !offered.includes(name))]
  await trx.deleteFrom('oauth_record').where('model', '=', MODEL).where('id', '=', id).execute()
  if (names.length === 0) return
  await storeBoundRecord(trx, account, {
    model: MODEL,
    id,
    uid: storedId(clientId),
    payload: JSON.stringify(names.length > MOST_REMEMBERED ? EVERY : names),
    client_generation: generation,
  })
}

/** Deletes what people left unticked of an application that is deleted, in each of its generations. */
export const forgetUnticked = async (trx: Db, clientId: string): Promise<void> => {
  await trx
    .deleteFrom('oauth_record')
    .where('model', '=', MODEL)
    .where('uid', '=', storedId(clientId))
    .execute()
}

const idOf = ({ id }: SignedInAccount, clientId: string): string => storedId(JSON.stringify([id, clientId]))
