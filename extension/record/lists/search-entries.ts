import type { RecordEntry } from '../../messages/record-lists.ts'
import { detailLines, rowWords } from './entry-words.ts'
import type { FoldedEntry } from './fold-entries.ts'

/** Everything that a row and its details show, and the name of the organization, as it is searched. */
const texts = new WeakMap<RecordEntry, string>()

/** Milliseconds that texts are made at a time: between two keystrokes, or two frames, nobody notices. */
const LONGEST = 8

/** Makes what is searched in rows, for a moment. Returns whether all of it is made. */
export const makeTexts = (rows: readonly FoldedEntry[]): boolean => {
  const until = performance.now() + LONGEST
  return rows.every(({ entries }) => {
    for (const entry of entries) if (!texts.has(entry)) texts.set(entry, textOf(entry))
    return performance.now() < until
  })
}

/** Returns the rows that hold all words of the query, in any order, whatever their case and accents, of those whose texts are made. */
export const matchesOf = (rows: readonly FoldedEntry[], query: string): FoldedEntry[] => {
  const words = plain(query).split(/\s+/).filter(Boolean)
  return rows.filter(({ entries }) =>
    entries.some((entry) => words.every((word) => texts.get(entry)?.includes(word))),
  )
}

const textOf = (entry: RecordEntry): string => {
  const details = detailLines(entry).flatMap(({ label, text }) => [label, text])
  const narrative = entry.narrative?.replaceAll(/<[^<>]*>/g, ' ')
  const all = [...Object.values(rowWords(entry)), entry.date, ...details, narrative, entry.source.name]
  return plain(all.filter(Boolean).join('\n'))
}

const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
