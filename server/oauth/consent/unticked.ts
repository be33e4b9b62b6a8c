import { boundRecords, storeBoundRecord } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { storedId } from '../../grants/stored-id.ts'
import type { Db } from '../../store/schema.ts'

const MODEL = 'Unticked'
/** The most boxes that are remembered of one person and application, because an application may invent limits for its scopes. */
const MOST_REMEMBERED = 100

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
): Promise<ReadonlySet<string>> => {
  const row = await boundRecords(db, MODEL)
    .innerJoin('oauth_record as client', (join) =>
      join.onRef('client.client_generation', '=', 'record.client_generation'),
    )
    .where('record.id', '=', idOf(account, clientId))
    .where('client.model', '=', 'Client')
    .where('client.id', '=', clientId)
    .select('record.payload')
    .executeTakeFirst()
  return new Set(row && (JSON.parse(row.payload) as string[]))
}

/** Remembers what was left unticked, and of offers that were not on the page what is known of them. The caller holds the account. */
export const rememberUnticked = async (
  trx: Db,
  account: SignedInAccount,
  { clientId, generation }: Presenter,
  { offered, unticked }: { offered: readonly string[]; unticked: readonly string[] },
): Promise<void> => {
  const known = await findUnticked(trx, account, clientId)
  const id = idOf(account, clientId)
  const names = [...unticked, ...[...known].filter((name) => !offered.includes(name))]
  await trx.deleteFrom('oauth_record').where('model', '=', MODEL).where('id', '=', id).execute()
  if (names.length === 0) return
  await storeBoundRecord(trx, account, {
    model: MODEL,
    id,
    payload: JSON.stringify(names.slice(0, MOST_REMEMBERED)),
    client_generation: generation,
  })
}

const idOf = ({ id }: SignedInAccount, clientId: string): string => storedId(JSON.stringify([id, clientId]))
