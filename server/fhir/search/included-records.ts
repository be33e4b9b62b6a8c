import { type Expression, type RawBuilder, sql } from 'kysely'
import type { Include } from '../../query/includes.ts'
import type { Db } from '../../store/schema.ts'
import { compartmentsOf, type ReachOf } from '../access/decide-access.ts'
import { MOST_INCLUDED } from '../access/source.ts'
import type { RecordRow } from './concerned-patients.ts'
import { largestText, textColumns, withTexts } from './late-text.ts'
import { and, isOneOf, isWithin, keysInCompartments, or, type Predicate } from './predicates.ts'

/**
 * Reads the resources to include with a page, and one more than it takes. Each row is within the holder's reach of its own type,
 * whatever resource refers to it.
 */
export const includedRecords = async (
  db: Db,
  includes: readonly Include[],
  page: readonly RecordRow[],
  reachOf: ReachOf,
): Promise<readonly RecordRow[]> => {
  const query = includesQuery(db, includes, page, reachOf)
  return query ? withTexts(await query.execute()) : []
}

/** The statement of `includedRecords`; undefined if there is nothing to read. */
export const includesQuery = (
  db: Db,
  includes: readonly Include[],
  page: readonly Pick<RecordRow, 'key' | 'id'>[],
  reachOf: ReachOf,
) => {
  const pageKeys = sql.join(page.map(({ key }) => key))
  const keyQueries = includes.flatMap((include) => keysOf(include, page, pageKeys, reachOf) ?? [])
  if (page.length === 0 || keyQueries.length === 0) return undefined
  // Each include has its own limit, so that a very large set of references is not gathered first.
  const bounded = keyQueries.map(
    (keys) =>
      sql`select key from (${keys} and resource.key not in (${pageKeys}) limit ${MOST_INCLUDED + 1}) as found`,
  )
  return db
    .selectFrom('resource')
    .select(['key', 'type', 'id', ...textColumns(largestText(MOST_INCLUDED + 1))])
    .where(sql<boolean>`resource.key in (${sql.join(bounded, sql` union `)})`)
    .orderBy('key')
    .limit(MOST_INCLUDED + 1)
}

/**
 * Selects the keys of one include. `cross join` makes SQLite begin with the first table, which is small here, instead of a whole
 * type.
 */
const keysOf = (
  { direction, source, param, targets }: Include,
  page: readonly Pick<RecordRow, 'id'>[],
  pageKeys: RawBuilder<unknown>,
  reachOf: ReachOf,
): Expression<unknown> | undefined => {
  if (direction === 'out') {
    const within = targets.flatMap((type) => {
      const reach = reachOf(type)
      return reach ? [and([sql`resource.type = ${type}`, isWithin(type, reach)])] : []
    })
    if (within.length === 0) return undefined
    return sql`select resource.key from index_reference as found cross join resource
      where found.key in (${pageKeys}) and found.param = ${param}
      and resource.type = found.target_type and resource.id = found.target_id and ${or(within)}`
  }
  const reach = reachOf(source)
  if (!reach) return undefined
  const [target = ''] = targets
  const ids = page.map(({ id }) => id)
  const refersTo = (isTarget: Predicate) =>
    and([sql`found.param = ${param}`, sql`found.target_type = ${target}`, isTarget, isWithin(source, reach)])
  const patients = compartmentsOf(reach)
  // Very many resources may refer to a practitioner, but few of them are this patient's. Each of these is compared with all ids;
  // otherwise SQLite would do up to 200 look-ups for each.
  if (patients)
    return sql`select resource.key from ${keysInCompartments(source, patients)} as own
      cross join index_reference as found cross join resource
      where found.key = own.key and resource.key = own.key
      and ${refersTo(sql<boolean>`coalesce(found.target_id, '') in (${sql.join(ids)})`)}`
  return sql`select resource.key from index_reference as found cross join resource
    where found.type = ${source} and resource.key = found.key and ${refersTo(isOneOf('found.target_id', ids))}`
}
