import type { VNode } from 'preact'
import type { RecordEntry } from '../../messages/record-lists.ts'
import { isPart } from '../budget.tsx'
import { detailLines, rowWords } from './entry-words.ts'
import type { FoldedEntry } from './fold-entries.ts'
import { narrativeOf } from './narrative.tsx'

/** Everything that a row and its details show, and the name of the organization, as it is searched. */
const texts = new WeakMap<RecordEntry, string>()
/** Entries whose narrative is not all in their text. */
const parts = new WeakSet<RecordEntry>()

/** Milliseconds that texts are made at a time: between two keystrokes, or two frames, nobody notices. */
const LONGEST = 8

/** Makes what is searched in rows from `start` on, for a moment. Returns with which row to go on, as many as there are at the end. */
export const makeTexts = (rows: readonly FoldedEntry[], start = 0): number => {
  const until = performance.now() + LONGEST
  let at = start
  for (; at < rows.length && performance.now() < until; at++)
    for (const entry of rows[at]?.entries ?? []) if (!texts.has(entry)) texts.set(entry, textOf(entry))
  return at
}

/** Whether some row holds more than is searched. */
export const areParts = (rows: readonly FoldedEntry[]): boolean =>
  rows.some(({ entries }) => entries.some((entry) => parts.has(entry)))

/** Returns the rows that hold all words of the query, in any order, whatever their case and accents, of those whose texts are made. */
export const matchesOf = (rows: readonly FoldedEntry[], query: string): FoldedEntry[] => {
  const words = plain(query).split(/\s+/).filter(Boolean)
  return rows.filter(({ entries }) =>
    entries.some((entry) => words.every((word) => texts.get(entry)?.includes(word))),
  )
}

const textOf = (entry: RecordEntry): string => {
  const details = detailLines(entry).flatMap(({ label, text }) => [label, text])
  const all = [...Object.values(rowWords(entry)), entry.date, ...details, entry.source.name]
  if (entry.narrative !== undefined) {
    const { content, isWhole } = narrativeOf(entry.narrative)
    if (!isWhole) parts.add(entry)
    all.push(textIn(content).join(''))
  }
  return plain(all.filter(Boolean).join('\n'))
}

/** Elements whose text goes on with the text around them. */
const INLINE: readonly unknown[] = ['s', 'sub', 'sup']

/** Returns the pieces of the text of what a narrative shows (`narrativeOf`). */
const textIn = (content: unknown, pieces: string[] = []): string[] => {
  if (Array.isArray(content)) for (const each of content) textIn(each, pieces)
  else if (typeof content !== 'object' || content === null) pieces.push(String(content ?? ''))
  else {
    const element = content as VNode
    const { type, props } = element
    const edge = INLINE.includes(type) || isPart(element) ? '' : ' '
    pieces.push(edge)
    textIn(props.children, pieces)
    pieces.push(edge)
  }
  return pieces
}

/** Marks go first: to put a long run of them in order takes the square of its length. */
const plain = (text: string): string => withoutMarks(withoutMarks(text).normalize('NFD')).toLowerCase()
const withoutMarks = (text: string): string => text.replaceAll(/\p{M}/gu, '')
