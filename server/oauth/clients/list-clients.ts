import type { Selectable } from 'kysely'
import type { Db, OauthRecordTable } from '../../store/schema.ts'
import { turnOfOthers } from '../../turns.ts'

export type ClientRow = Pick<
  Selectable<OauthRecordTable>,
  'id' | 'payload' | 'disabled_at' | 'client_generation'
>

/** Lists the applications whose Client ID comes after this one, in the order of their ids. */
export const listClientRows = (db: Db, after: string, limit: number): Promise<ClientRow[]> =>
  db
    .selectFrom('oauth_record')
    .select(['id', 'payload', 'disabled_at', 'client_generation'])
    .where('model', '=', 'Client')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute()

/** Applications that are read in one turn of the event loop. */
const SLICE = 500

/** Reads all applications, few at a time: others are answered between them. */
export async function* allClientRows(db: Db): AsyncGenerator<ClientRow[]> {
  let last: ClientRow | undefined
  do {
    await turnOfOthers()
    const rows = await listClientRows(db, last?.id ?? '', SLICE)
    yield rows
    last = rows[SLICE - 1]
  } while (last)
}
