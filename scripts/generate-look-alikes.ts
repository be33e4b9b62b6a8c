/**
 * Writes `values/look-alikes.json`: the letters and digits that Unicode's confusables take for a Latin letter or digit (UTS #39), from
 * the package unhomoglyph, which holds confusables.txt of Unicode 13.0. What compatibility decomposition, the removal of marks and
 * lower case already make alike is left out.
 *
 *     npm exec -- node scripts/generate-look-alikes.ts
 */
import { writeFile } from 'node:fs/promises'
import confusables from 'unhomoglyph/data.json' with { type: 'json' }

const withoutMarks = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '')

const table = new Map<string, Set<string>>()
for (const [source, prototype] of Object.entries(confusables as Record<string, string>)) {
  const [from, to] = [withoutMarks(source), withoutMarks(prototype)]
  const isOne = [...from].length === 1 && /^[\p{L}\p{N}]$/u.test(from)
  if (!isOne || !/^[A-Za-z0-9]+$/.test(to) || from.toLowerCase() === to.toLowerCase()) continue
  // The server and the browser split "m" no further: both "rn" and "m" become "m".
  if (/^[A-Za-z]$/.test(from)) continue
  table.set(to, (table.get(to) ?? new Set()).add(from))
}

const sorted = [...table].sort(([a], [b]) => (a < b ? -1 : 1))
const json = Object.fromEntries(sorted.map(([to, from]) => [to, [...from].sort().join('')]))
await writeFile('values/look-alikes.json', `${JSON.stringify(json, undefined, 2)}\n`)
