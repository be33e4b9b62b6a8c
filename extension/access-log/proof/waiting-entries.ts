import type { Json } from '../../fhir/resource.ts'
import type { StoredKnownLog } from '../../storage/stored-log.ts'
import type { Shown } from './entry-counts.ts'
import { clockSlack } from './entry-order.ts'
import type { EntryProof } from './log-answers.ts'
import { mayBeErased, type NewBeginning } from './log-erasure.ts'
import { entryIdOf, recordedOf, type TextDigests } from './log-leaf.ts'

/**
 * Milliseconds that an entry may stay unproven. A log signs every few seconds, and a little later if thousands of entries wait.
 */
const patience = 600_000

/** The most entries that wait in one list, and that are remembered: more than one person's log grows by before it is signed. */
export const mostWaiting = 200

interface ListPage {
  events: readonly Json[]
  proofs: ReadonlyMap<string, EntryProof>
  now: number
}

/**
 * Finds an entry with another text than it had while it waited, on this page or at an earlier look: without a proof, nothing but its
 * text says which entry it is. The text of one that was erased meanwhile cannot be compared; its erasure is proven instead.
 */
export const findOtherText = (
  waiting: readonly Pick<StoredKnownLog['waiting'][number], 'id' | 'text'>[],
  { events, proofs, texts }: Pick<ListPage, 'events' | 'proofs'> & { texts: TextDigests },
): Json | undefined => {
  const earlier = Map.groupBy(waiting, ({ id }) => id)
  return events.findLast((event) => {
    const id = entryIdOf(event)
    const proof = proofs.get(id)
    if (proof && !proof.salt) return false
    const text = texts.get(event) ?? ''
    const before = earlier.get(id) ?? []
    if (!proof) earlier.set(id, [...before, { id, text }])
    return before.some((each) => each.text !== text)
  })
}

/**
 * Finds the first entry of a page that is still unproven after ten minutes. They count from when this browser first saw it, because an
 * organization could change its date.
 */
export const findOverdue = (
  waiting: StoredKnownLog['waiting'],
  { events, proofs, now }: ListPage,
): Json | undefined => {
  const since = new Map(waiting.map((entry) => [entry.id, entry.since]))
  return events.find((event) => {
    const id = entryIdOf(event)
    return !proofs.has(id) && now - (since.get(id) ?? now) >= patience
  })
}

/**
 * Returns which entries a list still has to show after a page. `missing` is one that it should have shown by now: the list is a minute
 * below its date. `erased` are the ids of those that are gone because the log began anew.
 */
export const dueAfter = (
  { due, oldest: oldestAbove }: Pick<Shown, 'due' | 'oldest'>,
  {
    events,
    last,
    newBeginning,
  }: { events: readonly Json[]; last: boolean; newBeginning: NewBeginning | undefined },
): Pick<Shown, 'due' | 'oldest'> & { missing: Json | undefined; erased: string[] } => {
  const ids = new Set(events.map(entryIdOf))
  const dates = events.map((event) => Date.parse(recordedOf(event))).filter((date) => !Number.isNaN(date))
  const oldest = Math.min(oldestAbove, ...dates)
  const unlisted = due.filter(({ id }) => !ids.has(id))
  const left = unlisted.filter((entry) => !(newBeginning && mayBeErased(entry, newBeginning)))
  const missing = left.find(({ recorded }) => last || recorded > oldest + clockSlack)
  return {
    missing: missing && { id: missing.id, recorded: new Date(missing.recorded).toISOString() },
    erased: unlisted.flatMap((entry) => (left.includes(entry) ? [] : entry.id)),
    due: left,
    oldest,
  }
}
