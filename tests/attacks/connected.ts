import type { Db } from '../../server/store/schema.ts'
import { accounts } from './people.ts'

/** Nobody answers there. */
const NOWHERE = 'http://127.0.0.1:9'

export const WITHINGS_SOURCE = {
  kind: 'withings',
  clientId: 'attacked',
  clientSecretFile: 'withings',
  accountUrl: NOWHERE,
  apiUrl: NOWHERE,
}

/** Later than any test: their readings have just been read, and are not read again. */
const LATER = 4_000_000_000_000

/** Connects everybody who has a record to Withings. */
export const connected = (trx: Db): Promise<unknown> =>
  trx
    .insertInto('withings_account')
    .values(
      accounts.flatMap(({ id, patient }, index) =>
        patient === null
          ? []
          : {
              ...{ issuer: NOWHERE, userid: String(index), account_id: id, patient },
              ...{ access_token: '', refresh_token: '', access_ends: 0, version: 1, renewing_until: 0 },
              connection: '',
              // As a complete fetch leaves them.
              ...{ since: 0, read_at: LATER, next_read: LATER + 10 * 60_000, fault: null, hook: null },
            },
      ),
    )
    .execute()
