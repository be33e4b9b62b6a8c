import { type Expression, type RawBuilder, sql } from 'kysely'
import type { Db } from '../store/schema.ts'
import type { ReachOf } from './access.ts'
import type { Include } from './includes.ts'
import { and, isOneOf, isWithin, or } from './predicates.ts'
import type { RecordRow } from './record-row.ts'
import { MOST_INCLUDED } from './source.ts'

/**
 * What comes along with the rows of a page, one row more than it takes. Each produced row is within what the holder
 * reaches of its own type, whatever referred to it.
 */
export const includedRecords = async (
  db: Db,
  includes: readonly Include[],
  page: readonly RecordRow[],
  reachOf: ReachOf,
): Promise<RecordRow[]> => {
  const keys = sql.join(page.map(({ key }) => key))
  const found = includes.flatMap((include) => keysOf(include, page, keys, reachOf) ?? [])
  if (page.length === 0 || found.length === 0) return []
  return db
    .selectFrom('resource')
    .select(['key', 'type', 'id', 'json'])
    .where(sql<boolean>`resource.key in (${sql.join(found, sql` union `)})`)
    .where(sql<boolean>`resource.key not in (${keys})`)
    .orderBy('key')
    .limit(MOST_INCLUDED + 1)
    .execute()
}

/** `cross join` tells SQLite to begin with the references, which are few, and not with a whole type. */
const keysOf = (
  { direction, source, param, targets }: Include,
  page: readonly RecordRow[],
  keys: RawBuilder<unknown>,
  reachOf: ReachOf,
): Expression<unknown> | undefined => {
  if (direction === 'out') {
    const within = targets.flatMap((type) => {
      const reach = reachOf(type)
      return reach ? [and([sql`resource.type = ${type}`, isWithin(type, reach)])] : []
    })
    if (within.length === 0) return undefined
    return sql`select resource.key from index_reference as found cross join resource
      where found.key in (${keys}) and found.param = ${param}
      and resource.type = found.target_type and resource.id = found.target_id and ${or(within)}`
  }
  const reach = reachOf(source)
  const [target = ''] = targets
  if (!reach) return undefined
  return sql`select resource.key from index_reference as found cross join resource
    where found.type = ${source} and found.param = ${param} and found.target_type = ${target}
    and ${isOneOf(
      'found.target_id',
      page.map(({ id }) => id),
    )}
    and resource.key = found.key and ${isWithin(source, reach)}`
}
