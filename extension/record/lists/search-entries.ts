import type { RecordEntry } from '../../messages/record-lists.ts'
import { detailLines, rowWords } from './entry-words.ts'
import type { FoldedEntry } from './fold-entries.ts'

/** What is searched in an entry, made once. */
const texts = new WeakMap<RecordEntry, string>()

/** Returns the rows that hold all words of the query, in any order, whatever their case and accents. */
export const matchesOf = (rows: readonly FoldedEntry[], query: string): FoldedEntry[] => {
  const words = plain(query).split(/\s+/).filter(Boolean)
  return rows.filter(({ entries }) =>
    entries.some((entry) => words.every((word) => textOf(entry).includes(word))),
  )
}

/** Everything that the row and its details show, and the name of the organization. */
const textOf = (entry: RecordEntry): string => {
  const known = texts.get(entry)
  if (known !== undefined) return known
  const details = detailLines(entry).flatMap(({ label, text }) => [label, text])
  const narrative = entry.narrative?.replaceAll(/<[^<>]*>/g, ' ')
  const all = [...Object.values(rowWords(entry)), entry.date, ...details, narrative, entry.source.name]
  const text = plain(all.filter(Boolean).join('\n'))
  texts.set(entry, text)
  return text
}

const plain = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
