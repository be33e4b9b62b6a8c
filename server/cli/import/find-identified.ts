import { sql } from 'kysely'
import type { PreparedResource } from '../../fhir/index/put-resource.ts'
import type { Store } from '../../store/store.ts'
import { identifierKey } from './bundle-scope.ts'
import type { FindByIdentifier } from './resolve-references.ts'

/** Most matches that are read. A reference with more than one match is ambiguous anyway. */
const MOST_MATCHES = 100
/** Most identifiers whose matches are remembered, because an import whose resources all wait forgets none by storing a batch. */
const MOST_REMEMBERED = 10_000

/** Finds resources by identifier: in the Bundle, among those that wait to be stored, and in the store. */
export const createIdentifierFinder = (store: Store) => {
  const waitingNames = new Set<string>()
  const waitingByIdentifier = new Map<string, string[]>()
  const storedByIdentifier = new Map<string, string[]>()

  const findInStore = async (type: string, system: string, value: string): Promise<string[]> => {
    const key = identifierKey(type, system, value)
    const rows =
      storedByIdentifier.get(key) ??
      (
        await store.db
          .selectFrom('index_token')
          .innerJoin('resource', 'resource.key', 'index_token.key')
          .select('resource.id')
          .where('index_token.type', '=', type)
          // In the statement's text, so that the index of a new database (`fillSqlite`) applies.
          .where('index_token.param', '=', sql.lit('identifier'))
          .where('index_token.code', '=', value)
          .where('index_token.system', '=', system)
          .limit(MOST_MATCHES)
          .execute()
      ).map(({ id }) => `${type}/${id}`)
    if (storedByIdentifier.size >= MOST_REMEMBERED) storedByIdentifier.clear()
    storedByIdentifier.set(key, rows)
    return rows
  }

  const find: FindByIdentifier = async (type, system, value, scope) => {
    const entries = scope.entriesWithIdentifier(type, system, value)
    // It is ambiguous anyway, and a copy of many for each reference to them would take long.
    if (entries.size > 1) return entries
    const names = new Set(entries)
    for (const name of waitingByIdentifier.get(identifierKey(type, system, value)) ?? [])
      if (!scope.has(name)) names.add(name)
    const storedNames = await findInStore(type, system, value)
    // A resource that this import replaces must no longer be found by its old identifiers.
    for (const name of storedNames)
      if (storedNames.length === MOST_MATCHES || !(scope.has(name) || waitingNames.has(name))) names.add(name)
    return names
  }

  return {
    find,
    /** Adds a resource that waits to be stored. */
    add: ({ row: { type, id }, index }: PreparedResource) => {
      const name = `${type}/${id}`
      waitingNames.add(name)
      for (const [param, code, system] of index.index_token)
        if (param === 'identifier') {
          const key = identifierKey(type, String(system), String(code))
          waitingByIdentifier.set(key, [...(waitingByIdentifier.get(key) ?? []), name])
        }
    },
    /** Forgets the waiting resources, because they are stored. */
    clear: () => {
      waitingNames.clear()
      waitingByIdentifier.clear()
      storedByIdentifier.clear()
    },
  }
}
