import type { Json } from '../fhir/resource.ts'
import type { EntryProof } from './log-answers.ts'
import { entryIdOf } from './log-leaf.ts'
import { isErasure } from './log-signature.ts'

/** What this browser remembers of a person's own log, to compare with at the next look. It holds nothing personal. */
export interface KnownEntries {
  /** Number, index and time of proven entries, highest number first. */
  places: [count: number, index: number, recorded: number][]
  /** Entries that were shown but are not proven yet; `since` is when this browser first saw them, by its own clock. */
  waiting: { id: string; recorded: number; since: number }[]
}

/** What a page adds to the known entries. */
export interface EntryAdditions {
  places: KnownEntries['places']
  /** Ids of proven entries. */
  proven: string[]
  waiting: KnownEntries['waiting']
  /** Set if the person was erased: their log starts again here. */
  newBeginning?: { index: number; recorded: number } | undefined
}

const mostPlaces = 500
const mostWaiting = 100
/**
 * Milliseconds that an entry may stay unproven. A log signs every few seconds, and a little later if thousands of entries wait.
 */
const patience = 600_000
/** Milliseconds that the dates of entries may deviate from their order. */
const slack = 60_000

export const addKnown = (entries: KnownEntries | undefined, additions: EntryAdditions): KnownEntries => {
  const current = forgetErased(entries, additions.newBeginning)
  const places = new Map([...current.places, ...additions.places].map((place) => [place[0], place]))
  const waiting = new Map([...additions.waiting, ...current.waiting].map((entry) => [entry.id, entry]))
  for (const id of additions.proven) waiting.delete(id)
  return {
    places: [...places.values()].sort(([a], [b]) => b - a).slice(0, mostPlaces),
    waiting: [...waiting.values()].sort((a, b) => a.since - b.since).slice(-mostWaiting),
  }
}

/** Drops entries from before an erasure, because their numbers are used again. */
export const forgetErased = (
  entries: KnownEntries | undefined,
  newBeginning: EntryAdditions['newBeginning'],
): KnownEntries => {
  const { places = [], waiting = [] } = entries ?? {}
  if (!newBeginning) return { places, waiting }
  return {
    places: places.filter(([, index]) => index >= newBeginning.index),
    waiting: waiting.filter(({ recorded }) => recorded >= newBeginning.recorded),
  }
}

/** Finds where a person's log starts again after an erasure: the last page then ends with the erasure's own entry, number 1. */
export const findNewBeginning = (
  events: readonly Json[],
  proofs: ReadonlyMap<string, EntryProof>,
): EntryAdditions['newBeginning'] => {
  const first = events.at(-1)
  const proof = first && proofs.get(entryIdOf(first))
  if (!first || proof?.count !== 1 || !isErasure(first)) return undefined
  return { index: proof.index, recorded: Date.parse(String(first.recorded)) }
}

interface KnownEntriesPage {
  events: readonly Json[]
  proofs: ReadonlyMap<string, EntryProof>
  /** This is the first page, with the newest entries. */
  first: boolean
  now: number
}

/**
 * Finds the first entry that was shown without a proof and never got one: it is still unproven after ten minutes, or is gone from
 * the part of the list where it belongs. The ten minutes count from when this browser first saw it, because an organization could
 * change its date.
 */
export const findOverdue = (
  waiting: KnownEntries['waiting'],
  { events, proofs, first, now }: KnownEntriesPage,
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
