type Json = string | number | boolean | null | readonly Json[] | JsonObject
interface JsonObject {
  readonly [name: string]: Json | undefined
}

/** A value or text that no entry holds, because it has several spellings or none: null, a fraction, a lone surrogate. */
export class NotCanonical extends Error {
  readonly code = 'log-changed'
}

/** An AuditEvent is a few levels deep; a hostile one must not overflow the stack. */
const DEEPEST = 64

/**
 * Encodes a value as canonical JSON (RFC 8785). Handles only what an entry contains: strings, booleans, small whole numbers, lists
 * and objects. For those, `JSON.stringify` differs from the RFC only in the order of names, which the RFC sorts by UTF-16 units,
 * as `sort` does. `record.ts` creates entries in that order, so there is rarely anything to sort.
 *
 * @throws NotCanonical for any other value.
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(isOrdered(value as Json, 0) ? value : sortNames(value as Json))

/** Whether the names of every object are in order. @throws NotCanonical */
const isOrdered = (value: Json | undefined, depth: number): boolean => {
  if (typeof value !== 'object' || value === null) return requireSimple(value)
  if (depth === DEEPEST) throw new NotCanonical('The value is nested too deep.')
  let areOrdered = true
  if (Array.isArray(value)) {
    for (const item of value) if (!isOrdered(item, depth + 1)) areOrdered = false
    return areOrdered
  }
  let last = ''
  for (const name in value as JsonObject) {
    if (!isOrdered((value as JsonObject)[name], depth + 1) || name < last) areOrdered = false
    requireName(name)
    last = name
  }
  return areOrdered
}

const requireSimple = (value: string | number | boolean | null | undefined): true => {
  const isSimple =
    typeof value === 'string'
      ? value.isWellFormed()
      : typeof value === 'number'
        ? Number.isSafeInteger(value)
        : typeof value === 'boolean'
  if (!isSimple) throw new NotCanonical('The value has no place in an entry of the log.')
  return true
}

/** JavaScript puts names that are numbers before all others. No member of an entry has such a name. */
const requireName = (name: string): void => {
  if (!name.isWellFormed() || /^\d/.test(name))
    throw new NotCanonical('The name has no place in an entry of the log.')
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
