import { createHash } from 'node:crypto'
import { indexedValues } from '../../query/indexed-values.ts'
import type { Json } from '../../query/json-path.ts'
import table from '../../query/search-table.json' with { type: 'json' }
import type { Db } from '../../store/schema.ts'
import { findSetting, putSetting } from '../../store/settings.ts'
import { isPostgres } from '../../store/statements/latest-time.ts'
import type { Store } from '../../store/store.ts'
import { indexRows } from './index-rows.ts'
import { dropIndexes, putIndexes } from './put-indexes.ts'
import { sortValues } from './put-resource.ts'

const SETTING = 'search-index'
/** Must be increased when a change of the code makes another index from the same table of parameters. */
const EDITION = 1
const BATCH = 500

/**
 * Rebuilds the index from the stored resources if another table of search parameters made it. An interrupted rebuild starts over
 * the next time; until then the database is not served.
 *
 * @param onProgress receives the number of resources done.
 */
export const refreshIndex = async (store: Store, onProgress: (count: number) => void): Promise<void> => {
  if (await isIndexCurrent(store)) return
  let done = 0
  for (let key: number | undefined = 0; key !== undefined; ) {
    const after: number = key
    const batch = await store.write((trx) => refreshBatch(trx, after))
    key = batch.at(-1)
    done += batch.length
    if (batch.length > 0) onProgress(done)
  }
  await store.write((trx) => putSetting(trx, SETTING, edition()))
}

/** Whether this table of search parameters made the index. */
export const isIndexCurrent = async ({ db }: Pick<Store, 'db'>): Promise<boolean> =>
  (await findSetting(db, SETTING)) === edition()

const edition = (): string =>
  createHash('sha256')
    .update(JSON.stringify([EDITION, table]))
    .digest('base64url')

/**
 * Rebuilds one batch in one transaction that holds its resources: another process may replace or delete them, and what it wrote would get
 * the rows of what it replaced, by which others would read it.
 *
 * @returns the keys of the batch.
 */
const refreshBatch = async (trx: Db, after: number): Promise<number[]> => {
  const rows = await trx
    .selectFrom('resource')
    .select(['key', 'type', 'id', 'json', 'sort_date', 'sort_name'])
    .where('key', '>', after)
    .orderBy('key')
    .limit(BATCH)
    .$if(isPostgres(trx), (query) => query.forUpdate())
    .execute()
  const resources = rows.map(({ json, ...row }) => {
    const content = JSON.parse(json) as Json
    const values = indexedValues(row.type, content)
    return {
      ...row,
      index: indexRows(row.type, row.id, content, values),
      newSortValues: sortValues(row.type, content, values),
    }
  })
  const keys = rows.map(({ key }) => key)
  await dropIndexes(trx, keys)
  await putIndexes(trx, resources)
  for (const { key, newSortValues, sort_date, sort_name } of resources)
    if (newSortValues.sort_date !== sort_date || newSortValues.sort_name !== sort_name)
      await trx.updateTable('resource').set(newSortValues).where('key', '=', key).execute()
  return keys
}
