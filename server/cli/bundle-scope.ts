import { createHash } from 'node:crypto'
import { isObject, type Json, valuesAt } from '../query/json-path.ts'
import { ID } from '../query/reference.ts'

/** The names of the entries of one Bundle, for references between them; names are `Type/id`. */
export interface BundleScope {
  has(name: string): boolean
  /** Whether several entries have this name; none of them is imported. */
  isAmbiguous(name: string): boolean
  /** Entries with this `fullUrl`. */
  at(url: string): ReadonlySet<string>
  /** Servers of the entries with this name, by their `fullUrl`; `undefined` for an entry that states none. */
  basesOf(name: string): ReadonlySet<string | undefined>
  identifiedBy(type: string, system: string, value: string): ReadonlySet<string>
}

export interface BundleEntry {
  readonly resource: Json
  /** The `fullUrl` in its canonical spelling. */
  readonly url?: string
  /** `[base]` where the `fullUrl` is `[base]/Type/id`. */
  readonly base?: string
  /** Why the entry is refused. */
  readonly refused?: string
}

const NONE: ReadonlySet<never> = new Set()

/** The scope of a resource outside a Bundle. */
export const emptyScope: BundleScope = {
  has: () => false,
  isAmbiguous: () => false,
  at: () => NONE,
  basesOf: () => NONE,
  identifiedBy: () => NONE,
}

/**
 * Reads the entries of a Bundle together: gives an id to each resource that has none, and refuses those that cannot be told
 * apart (R4 Bundle, bdl-7: a `fullUrl` is unique).
 *
 * @param entries as parsed; the resources of those without an id are given one, in place.
 */
export const readEntries = (
  entries: readonly unknown[],
): { scope: BundleScope; entries: (BundleEntry | undefined)[] } => {
  const read = entries.map((entry) => (isObject(entry) ? readEntry(entry) : undefined))
  const urls = count(read.map((entry) => entry?.url))
  for (const entry of read)
    if (entry && entry.resource.id === undefined) {
      const id = derivedId(entry, urls)
      if (id !== undefined) entry.resource.id = id
    }

  const named = new Map<string, Set<BundleEntry>>()
  const byUrl = new Map<string, Set<string>>()
  for (const entry of read) {
    const name = entry && nameOf(entry.resource)
    if (!entry || !name) continue
    add(named, name, entry)
    if (entry.url !== undefined) add(byUrl, entry.url, name)
  }
  // Two servers may each have a Patient/1; confusing them would mix two records.
  const ambiguous = new Set(
    [...named].flatMap(([name, those]) =>
      new Set([...those].flatMap(({ url }) => url ?? [])).size > 1 ? [name] : [],
    ),
  )
  let byIdentifier: Map<string, Set<string>> | undefined
  const scope: BundleScope = {
    has: (name) => named.has(name),
    isAmbiguous: (name) => ambiguous.has(name),
    at: (url) => byUrl.get(canonical(url)) ?? NONE,
    basesOf: (name) => new Set([...(named.get(name) ?? [])].map(({ base }) => base)),
    identifiedBy: (type, system, value) => {
      byIdentifier ??= identifiersIn(read)
      return byIdentifier.get(identifierKey(type, system, value)) ?? NONE
    },
  }
  const refused = (entry: BundleEntry): string | undefined => {
    if (ambiguous.has(nameOf(entry.resource) ?? ''))
      return 'Another entry of the Bundle has the same type and id under another fullUrl.'
    if (entry.resource.id === undefined)
      return 'It has no id, and another entry of the Bundle has the same fullUrl.'
    return undefined
  }
  return {
    scope,
    entries: read.map((entry) => {
      const reason = entry && (entry.refused ?? refused(entry))
      return entry && reason !== undefined ? { ...entry, refused: reason } : entry
    }),
  }
}

const REST = /^(https?:\/\/.+)\/[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/

const readEntry = ({ fullUrl, resource, request }: Json): BundleEntry | undefined => {
  if (!isObject(resource)) return undefined
  const isPatch = isObject(request) && request.method === 'PATCH'
  const refused = isPatch ? { refused: 'It is a change to a resource, not a resource.' } : {}
  if (typeof fullUrl !== 'string') return { resource, ...refused }
  const url = canonical(fullUrl)
  const base = REST.exec(url)?.[1]
  return { resource, url, ...(base && { base }), ...refused }
}

/** RFC 9562: a UUID is output in lower case, and read in either. */
const canonical = (url: string): string => (/^urn:uuid:/i.test(url) ? url.toLowerCase() : url)

const UUID = /^urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const UNIQUE = /^(?:https?:\/\/.|urn:oid:\d)/

/**
 * The same for the same entry of a later import, and never that of another: from a `fullUrl` that is unique in the world,
 * or else from all that the resource says. `urn:uuid:1`, and an identifier, may be somebody else's in the next file.
 */
const derivedId = ({ resource, url }: BundleEntry, urls: ReadonlyMap<string, number>): string | undefined => {
  if (url !== undefined && (urls.get(url) ?? 0) > 1) return undefined
  const uuid = url === undefined ? undefined : UUID.exec(url)?.[1]
  if (uuid !== undefined) return uuid
  const source = url !== undefined && UNIQUE.test(url) ? url : JSON.stringify(resource)
  return createHash('sha256').update(source).digest('hex').slice(0, 40)
}

const nameOf = ({ resourceType, id }: Json): string | undefined =>
  typeof resourceType === 'string' && typeof id === 'string' && ID.test(id)
    ? `${resourceType}/${id}`
    : undefined

/** Unambiguous, because a type contains no space, and neither system nor value is cut. */
export const identifierKey = (type: string, system: string, value: string): string =>
  JSON.stringify([type, system, value])

const identifiersIn = (entries: readonly (BundleEntry | undefined)[]) => {
  const found = new Map<string, Set<string>>()
  for (const entry of entries) {
    const name = entry && nameOf(entry.resource)
    if (!entry || !name) continue
    for (const identifier of valuesAt(entry.resource, 'identifier').filter(isObject))
      if (typeof identifier.value === 'string') {
        const system = typeof identifier.system === 'string' ? identifier.system : ''
        add(found, identifierKey(String(entry.resource.resourceType), system, identifier.value), name)
      }
  }
  return found
}

const add = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  const values = map.get(key)
  if (values) values.add(value)
  else map.set(key, new Set([value]))
}

const count = (values: readonly (string | undefined)[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
