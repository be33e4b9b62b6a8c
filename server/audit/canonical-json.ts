type Json = string | number | boolean | null | readonly Json[] | JsonObject
interface JsonObject {
  readonly [name: string]: Json | undefined
}

/**
 * Encodes a value as canonical JSON (RFC 8785). Handles only what an entry contains: strings, booleans, small whole numbers, lists
 * and objects. For those, `JSON.stringify` differs from the RFC only in the order of names, which the RFC sorts by UTF-16 units,
 * as `sort` does. `record.ts` creates entries in that order, so there is rarely anything to sort.
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(isOrdered(value as Json) ? value : sortNames(value as Json))

const isOrdered = (value: Json): boolean => {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isOrdered)
  let last = ''
  for (const name in value as JsonObject) {
    if (name < last || !isOrdered((value as JsonObject)[name] ?? null)) return false
    last = name
  }
  return true
}

const sortNames = (value: Json): Json => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sortNames)
  const object = value as JsonObject
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((name) => [name, sortNames(object[name] ?? null)]),
  )
}
