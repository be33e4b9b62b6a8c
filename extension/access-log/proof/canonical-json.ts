import { isObject } from '../../fhir/resource.ts'

/** An AuditEvent is a few levels deep; a hostile one must not overflow the stack. */
const deepest = 64

/**
 * Writes canonical JSON (RFC 8785) of the values that an entry of the log may hold: strings, booleans, whole numbers, lists and
 * objects. Undefined for a value that has no single spelling there or no place in an entry: null, fractions, numbers past 2^53,
 * lone surrogates, more than 64 levels.
 */
export const canonicalJson = (value: unknown): string | undefined => write(value, 0)

const write = (value: unknown, depth: number): string | undefined => {
  if (typeof value === 'string') return value.isWellFormed() ? JSON.stringify(value) : undefined
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? JSON.stringify(value) : undefined
  if (depth === deepest) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => write(item, depth + 1))
    return isWhole(items) ? `[${items.join(',')}]` : undefined
  }
  if (!isObject(value)) return undefined
  // Sorted by UTF-16 code units (section 3.2.3), which is how `sort` compares.
  const members = Object.keys(value)
    .sort()
    .map((name) => {
      const [key, member] = [write(name, depth), write(value[name], depth + 1)]
      return key !== undefined && member !== undefined ? `${key}:${member}` : undefined
    })
  return isWhole(members) ? `{${members.join(',')}}` : undefined
}

const isWhole = (parts: (string | undefined)[]): parts is string[] => !parts.includes(undefined)
