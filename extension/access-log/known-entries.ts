import type { Json } from '../fhir/resource.ts'
import type { EntryProof } from './log-answers.ts'
import { isErasure } from './log-erasure.ts'
import { entryIdOf } from './log-leaf.ts'

/** What a browser remembers of a person's own log, to hold the next look against. It says nothing of anybody. */
export interface KnownEntries {
  /** Number, index and time of those that were proven, the highest numbers first. */
  places: [count: number, index: number, recorded: number][]
  /** Those that were shown and could not be proven yet, and when they were seen first by this browser's clock. */
  waiting: { id: string; recorded: number; since: number }[]
}

/** What a page adds to that. */
export interface Learned {
  places: KnownEntries['places']
  /** Ids that were proven. */
  proven: string[]
  waiting: KnownEntries['waiting']
  /** The person was erased, and their log begins anew here. */
  anew?: { index: number; recorded: number } | undefined
}

const mostPlaces = 500
const mostWaiting = 100
/** A log signs every few seconds; where thousands of entries wait, a little later. */
const patience = 600_000
/** How far the dates of entries may be from their order. */
const slack = 60_000

export const remember = (known: KnownEntries | undefined, learned: Learned): KnownEntries => {
  const kept = forgetErased(known, learned.anew)
  const places = new Map([...kept.places, ...learned.places].map((place) => [place[0], place]))
  const waiting = new Map([...learned.waiting, ...kept.waiting].map((entry) => [entry.id, entry]))
  for (const id of learned.proven) waiting.delete(id)
  return {
    places: [...places.values()].sort(([a], [b]) => b - a).slice(0, mostPlaces),
    waiting: [...waiting.values()].sort((a, b) => a.since - b.since).slice(-mostWaiting),
  }
}

/** Entries from before an erasure bear numbers that are given again. */
export const forgetErased = (known: KnownEntries | undefined, anew: Learned['anew']): KnownEntries => {
  const { places = [], waiting = [] } = known ?? {}
  if (!anew) return { places, waiting }
  return {
    places: places.filter(([, index]) => index >= anew.index),
    waiting: waiting.filter(({ recorded }) => recorded >= anew.recorded),
  }
}

/** Where a log begins anew: the last page ends with the erasure that says so, and it is number 1. */
export const findNewBeginning = (
  events: readonly Json[],
  proofs: ReadonlyMap<string, EntryProof>,
): Learned['anew'] => {
  const first = events.at(-1)
  const proof = first && proofs.get(entryIdOf(first))
  if (!first || proof?.count !== 1 || !isErasure(first)) return undefined
  return { index: proof.index, recorded: Date.parse(String(first.recorded)) }
}

interface Page {
  events: readonly Json[]
  proofs: ReadonlyMap<string, EntryProof>
  /** The newest entries: nothing comes before this page. */
  first: boolean
  now: number
}

/**
 * The first entry that was shown without proof and never got one: it waits still, or is gone from where it would be listed.
 * However its date is moved, it does not wait longer than a log may take.
 */
export const findOverdue = (
  waiting: KnownEntries['waiting'],
  { events, proofs, first, now }: Page,
): Json | undefined => {
  const times = events.map(({ recorded }) => Date.parse(String(recorded)))
  const [newest = 0, oldest = Number.POSITIVE_INFINITY] = [times[0], times.at(-1)]
  for (const { id, recorded, since } of waiting) {
    const event = events.find((each) => entryIdOf(each) === id)
    const isListed = recorded > oldest + slack && (first || recorded < newest - slack)
    if (event ? !proofs.has(id) && now - since >= patience : isListed)
      return event ?? { id, recorded: new Date(recorded).toISOString() }
  }
  return undefined
}
