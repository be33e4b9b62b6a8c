import { storedId, tokenRef } from '../../server/grants/stored-id.ts'
import type { Store } from '../../server/store/store.ts'
import type { RecordLoad } from './record-load.ts'
import type { TokenLoad } from './token-load.ts'

/**
 * Returns, as sentences, what was answered without its entry in the access log, and what was only half done: an entry without its
 * change, or a change without its entry. Empty if all is well.
 */
export const halfDone = async ({ db }: Store, tokens: TokenLoad, record: RecordLoad): Promise<string[]> => {
  const rows = await db
    .selectFrom('audit_event')
    .select(['request_id', 'subtype', 'outcome', 'client_id', 'json'])
    .execute()
  const records = await db.selectFrom('oauth_record').select(['model', 'id']).execute()
  const idsOf = (model: string) => records.filter((row) => row.model === model).map(({ id }) => id)
  const results: string[] = []

  const grants = rows.filter(({ subtype, outcome }) => subtype === 'token' && outcome === '0')
  const namedIds = new Set(
    grants.flatMap(({ json }) => [...json.matchAll(/urn:carekey:token:([\w-]+)/g)].map(([, ref]) => ref)),
  )
  for (const token of tokens.acknowledged)
    if (!namedIds.has(tokenRef(storedId(token)))) results.push('a token was given without an entry')
  for (const id of idsOf('AccessToken'))
    if (!namedIds.has(tokenRef(id))) results.push('a token is kept without an entry')

  const counts = new Map<string, number>()
  for (const { request_id } of rows) counts.set(request_id, (counts.get(request_id) ?? 0) + 1)
  for (const [id, { entries, answered }] of record.requests) {
    const has = counts.get(id) ?? 0
    if (has !== entries && (answered || has !== 0))
      results.push(`a request that was ${answered ? '' : 'not '}answered has ${has} of ${entries} entries`)
  }

  const signedIn = rows.filter(
    ({ subtype, outcome, client_id }) => subtype === 'sign-in' && outcome === '0' && client_id === null,
  )
  const sessions = idsOf('PersonSession').length
  if (signedIn.length !== sessions) results.push(`${signedIn.length} people signed in, ${sessions} are`)
  return results
}
