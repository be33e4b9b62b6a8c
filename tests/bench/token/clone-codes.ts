import { randomBytes } from 'node:crypto'
import type { Selectable } from 'kysely'
import { storedId } from '../../../server/grants/stored-id.ts'
import { openStore } from '../../../server/start/open-database.ts'
import type { ConsentTable, OauthRecordTable } from '../../../server/store/schema.ts'

const HOUR = 3_600_000
/** Codes that one statement inserts; each takes a few rows of a few values. */
const BATCH = 500

/**
 * Inserts many codes into a database, each with its own grant and consent, copied from one that a person allowed. Allowing
 * thousands would take hours, because each one needs a password.
 */
export const cloneCodes = async (database: string, code: string, count: number): Promise<string[]> => {
  const store = await openStore(database)
  const record = (model: string, value: string) =>
    store.db
      .selectFrom('oauth_record')
      .selectAll()
      .where('model', '=', model)
      .where('id', '=', storedId(value))
      .executeTakeFirstOrThrow()
  const template = await record('AuthorizationCode', code)
  const grantId = template.grant_id ?? ''
  const grant = await record('Grant', grantId)
  const consent = await store.db
    .selectFrom('consent')
    .selectAll()
    .where('grant_id', '=', grantId)
    .executeTakeFirstOrThrow()
  const payload = JSON.parse(template.payload) as object
  const end = Date.now() + HOUR

  const codes: string[] = []
  while (codes.length < count) {
    const records: Selectable<OauthRecordTable>[] = []
    const consents: Selectable<ConsentTable>[] = []
    for (let at = 0; at < BATCH && codes.length < count; at++) {
      const [value, grant_id] = [newValue(), newValue()]
      const text = JSON.stringify({ ...payload, grantId: grant_id, exp: Math.floor(end / 1000) })
      records.push({ ...template, id: storedId(value), grant_id, payload: text, expires_at: end })
      records.push({ ...grant, id: storedId(grant_id) })
      consents.push({ ...consent, grant_id })
      codes.push(value)
    }
    await store.write(async (trx) => {
      await trx.insertInto('oauth_record').values(records).execute()
      await trx.insertInto('consent').values(consents).execute()
    })
  }
  await store.close()
  return codes
}

const newValue = (): string => randomBytes(32).toString('base64url')
