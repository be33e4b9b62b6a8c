type Json = string | number | boolean | null | readonly Json[] | JsonObject
interface JsonObject {
  readonly [name: string]: Json | undefined
}

/**
 * Encodes by RFC 8785 the values that an entry contains: strings, booleans, small whole numbers, lists and objects.
 * `JSON.stringify` already writes those as the RFC requires, except the order of names: by UTF-16 units, like `sort`. Entries are
 * created in that order (`record.ts`), so there is rarely anything to sort.
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(isOrdered(value as Json) ? value : ordered(value as Json))

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

const ordered = (value: Json): Json => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(ordered)
  const object = value as JsonObject
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((name) => [name, ordered(object[name] ?? null)]),
  )
}
