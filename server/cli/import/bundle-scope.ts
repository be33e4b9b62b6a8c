import { createHash } from 'node:crypto'
import { isObject, type Json, valuesAt } from '../../query/json-path.ts'
import { ID } from '../../query/reference.ts'

/** The entries of one Bundle by their names (`Type/id`), to resolve the references between them. */
export interface BundleScope {
  has(name: string): boolean
  /** Whether several entries have this name; none of them is imported. */
  isAmbiguous(name: string): boolean
  /** Returns the names of the entries with this `fullUrl`. */
  entriesAt(url: string): ReadonlySet<string>
  /** Returns the servers that the entries with this name come from, by their `fullUrl`; `undefined` for an entry without one. */
  basesOf(name: string): ReadonlySet<string | undefined>
  entriesWithIdentifier(type: string, system: string, value: string): ReadonlySet<string>
}

interface BundleEntry {
  readonly resource: Json
  /** The `fullUrl` in its canonical spelling. */
  readonly url?: string
  /** `[base]` if the `fullUrl` is `[base]/Type/id`. */
  readonly base?: string
  /** Why the entry is refused. */
  readonly refusal?: string
}

const NONE: ReadonlySet<never> = new Set()

/** The scope of a resource outside a Bundle. */
export const emptyScope: BundleScope = {
  has: () => false,
  isAmbiguous: () => false,
  entriesAt: () => NONE,
  basesOf: () => NONE,
  entriesWithIdentifier: () => NONE,
}

/**
 * Reads the entries of a Bundle together. Gives an id to each resource that has none, in place, and refuses the entries that it
 * cannot tell apart (R4 Bundle, bdl-7: a `fullUrl` is unique).
 *
 * @param entries `Bundle.entry` as parsed.
 */
export const readEntries = (
  entries: readonly unknown[],
): { scope: BundleScope; entries: (BundleEntry | undefined)[] } => {
  const namedEntries = entries.map((entry) => (isObject(entry) ? readEntry(entry) : undefined))
  const urls = countEach(namedEntries.map((entry) => entry?.url))
  for (const entry of namedEntries)
    if (entry && entry.resource.id === undefined) {
      const id = deriveId(entry, urls)
      if (id !== undefined) entry.resource.id = id
    }

  const basesByName = new Map<string, Set<string | undefined>>()
  const urlsByName = new Map<string, Set<string>>()
  const byUrl = new Map<string, Set<string>>()
  for (const entry of namedEntries) {
    const name = entry && nameOf(entry.resource)
    if (!entry || !name) continue
    addTo(basesByName, name, entry.base)
    if (entry.url === undefined) continue
    addTo(urlsByName, name, entry.url)
    addTo(byUrl, entry.url, name)
  }
  // Two servers may each have a Patient/1; confusing them would mix two records.
  const isAmbiguous = (name: string) => (urlsByName.get(name)?.size ?? 0) > 1
  let byIdentifier: Map<string, Set<string>> | undefined
  const scope: BundleScope = {
    has: (name) => basesByName.has(name),
    isAmbiguous,
    entriesAt: (url) => byUrl.get(canonicalUrl(url)) ?? NONE,
    basesOf: (name) => basesByName.get(name) ?? NONE,
    entriesWithIdentifier: (type, system, value) => {
      byIdentifier ??= indexIdentifiers(namedEntries)
      return byIdentifier.get(identifierKey(type, system, value)) ?? NONE
    },
  }
  const refusalOf = (entry: BundleEntry): string | undefined => {
    if (isAmbiguous(nameOf(entry.resource) ?? ''))
      return 'Another entry of the Bundle has the same type and id under another fullUrl.'
    if (entry.resource.id === undefined)
      return 'It has no id, and another entry of the Bundle has the same fullUrl.'
    return undefined
  }
  return {
    scope,
    entries: namedEntries.map((entry) => {
      const reason = entry && (entry.refusal ?? refusalOf(entry))
      return entry && reason !== undefined ? { ...entry, refusal: reason } : entry
    }),
  }
}

const REST = /^(https?:\/\/.+)\/[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/

const readEntry = ({ fullUrl, resource, request }: Json): BundleEntry | undefined => {
  if (!isObject(resource)) return undefined
  const isPatch = isObject(request) && request.method === 'PATCH'
  const refusal = isPatch ? { refusal: 'It is a change to a resource, not a resource.' } : {}
  if (typeof fullUrl !== 'string') return { resource, ...refusal }
  const url = canonicalUrl(fullUrl)
  const base = REST.exec(url)?.[1]
  return { resource, url, ...(base && { base }), ...refusal }
}

/** Writes a UUID in lower case, because RFC 9562 lets a reader accept both cases. */
const canonicalUrl = (url: string): string => (/^urn:uuid:/i.test(url) ? url.toLowerCase() : url)

const UUID = /^urn:uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const UNIQUE = /^(?:https?:\/\/.|urn:oid:\d)/

/**
 * Derives an id that is the same at each import of the entry and that no other entry gets: from a `fullUrl` that is globally unique,
 * or else from the whole content of the resource. A `urn:uuid:1` or an identifier may mean somebody else in the next file.
 */
const deriveId = ({ resource, url }: BundleEntry, urls: ReadonlyMap<string, number>): string | undefined => {
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

export const identifierKey = (type: string, system: string, value: string): string =>
  JSON.stringify([type, system, value])

const indexIdentifiers = (entries: readonly (BundleEntry | undefined)[]) => {
  const names = new Map<string, Set<string>>()
  for (const entry of entries) {
    const name = entry && nameOf(entry.resource)
    if (!entry || !name) continue
    for (const identifier of valuesAt(entry.resource, 'identifier').filter(isObject))
      if (typeof identifier.value === 'string') {
        const system = typeof identifier.system === 'string' ? identifier.system : ''
        addTo(names, identifierKey(String(entry.resource.resourceType), system, identifier.value), name)
      }
  }
  return names
}

const addTo = <K, V>(map: Map<K, Set<V>>, key: K, value: V): void => {
  const values = map.get(key)
  if (values) values.add(value)
  else map.set(key, new Set([value]))
}

const countEach = (values: readonly (string | undefined)[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
