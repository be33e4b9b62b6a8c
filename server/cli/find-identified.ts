import type { Prepared } from '../fhir/index/put-resource.ts'
import type { Store } from '../store/store.ts'
import { identifierKey } from './bundle-scope.ts'
import type { FindIdentified } from './resolve-references.ts'

/** Most matches that are read; beyond that, it makes no difference which. */
const MANY = 100

/** Finds resources by identifier: in the Bundle, among those that wait to be stored, and in the store. */
export const createIdentifiedFinder = (store: Store) => {
  const waitingNames = new Set<string>()
  const waiting = new Map<string, string[]>()
  const stored = new Map<string, string[]>()

  const inStore = async (type: string, system: string, value: string): Promise<string[]> => {
    const key = identifierKey(type, system, value)
    const rows =
      stored.get(key) ??
      (
        await store.db
          .selectFrom('index_token')
          .innerJoin('resource', 'resource.key', 'index_token.key')
          .select('resource.id')
          .where('index_token.type', '=', type)
          .where('index_token.param', '=', 'identifier')
          .where('index_token.code', '=', value)
          .where('index_token.system', '=', system)
          .limit(MANY)
          .execute()
      ).map(({ id }) => `${type}/${id}`)
    stored.set(key, rows)
    return rows
  }

  const find: FindIdentified = async (type, system, value, scope) => {
    const found = new Set(scope.identifiedBy(type, system, value))
    for (const name of waiting.get(identifierKey(type, system, value)) ?? [])
      if (!scope.has(name)) found.add(name)
    const before = await inStore(type, system, value)
    // A resource that is about to be replaced must no longer be found by its old identifiers.
    for (const name of before)
      if (before.length === MANY || !(scope.has(name) || waitingNames.has(name))) found.add(name)
    return found
  }

  return {
    find,
    /** Adds a resource that waits to be stored. */
    add: ({ type, id, values }: Prepared) => {
      const name = `${type}/${id}`
      waitingNames.add(name)
      for (const { param, system, code } of values.tokens)
        if (param === 'identifier') {
          const key = identifierKey(type, system, code)
          waiting.set(key, [...(waiting.get(key) ?? []), name])
        }
    },
    /** Forgets the waiting resources, because they are stored. */
    clear: () => {
      waitingNames.clear()
      waiting.clear()
      stored.clear()
    },
  }
}
