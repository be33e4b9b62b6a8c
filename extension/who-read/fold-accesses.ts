import type { AccessEntry, AccessKind } from '../messages/log-entries.ts'

/**
 * Milliseconds from the first to the last entry of a line. A visit opens its lists within a few minutes. A line for a longer time
 * would say little with its one time of day, and could hold a whole day's reading.
 */
const longestLine = 300_000

/** The most entries of a line, so that what is on screen is little however much an organization sends. */
const mostInLine = 100

/** Accesses that applications make by themselves during a visit. Any other, such as a consent or a change, has its own line. */
const technicalKinds: AccessKind[] = ['read', 'search', 'proof', 'token', 'introspect', 'userinfo']

interface FoldedAccess {
  entry: AccessEntry
  /** Milliseconds since 1970; 0 if it states no time. */
  at: number
  /** Made in the person's name, but not from this browser. */
  isForeign?: boolean
  isDatedAhead: boolean
}

/** Groups consecutive technical accesses by one person through one application, about one patient, in the given order. */
export const foldAccesses = <T extends FoldedAccess>(rows: readonly T[]): [T, ...T[]][] => {
  const lines: [T, ...T[]][] = []
  for (const row of rows) {
    const line = lines.at(-1)
    if (line && isFoldable(line[0]) && isFoldable(row) && belongTogether(line, row)) line.push(row)
    else lines.push([row])
  }
  return lines
}

/** Checks for an access that must stand out: refused, not from this browser, or wrongly dated. */
const isFoldable = ({ entry, at, isForeign, isDatedAhead }: FoldedAccess): boolean =>
  entry.outcome === 'success' && technicalKinds.includes(entry.kind) && !isForeign && !isDatedAhead && at > 0

const belongTogether = (
  line: readonly [FoldedAccess, ...FoldedAccess[]],
  { entry: b, at }: FoldedAccess,
): boolean => {
  const [{ entry: a }] = line
  const times = [...line.map(({ at }) => at), at]
  // A token names no patient.
  const patients = new Set([...line.map(({ entry }) => entry), b].flatMap(({ patient }) => patient ?? []))
  return (
    line.length < mostInLine &&
    a.agentKey !== undefined &&
    (['agentKey', 'who', 'application', 'by', 'isNew'] as const).every((part) => a[part] === b[part]) &&
    patients.size <= 1 &&
    Math.max(...times) - Math.min(...times) <= longestLine
  )
}
