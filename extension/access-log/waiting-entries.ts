import type { Json } from '../fhir/resource.ts'
import type { StoredKnownLog } from '../storage/stored-log.ts'
import { clockSlack } from './entry-order.ts'
import type { TextDigests } from './entry-texts.ts'
import type { EntryProof } from './log-answers.ts'
import { entryIdOf } from './log-leaf.ts'

/**
 * Milliseconds that an entry may stay unproven. A log signs every few seconds, and a little later if thousands of entries wait.
 */
const patience = 600_000

/** The most entries that wait in one list, and that are remembered: more than one person's log grows by before it is signed. */
export const mostWaiting = 200

interface ListPage {
  events: readonly Json[]
  proofs: ReadonlyMap<string, EntryProof>
  /** This is the first page, with the newest entries. */
  first: boolean
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
 * Finds the first entry that was shown without a proof and never got one: it is still unproven after ten minutes, or is gone from
 * the part of the list where it belongs. The ten minutes count from when this browser first saw it, because an organization could
 * change its date.
 */
export const findOverdue = (
  waiting: StoredKnownLog['waiting'],
  { events, proofs, first, now }: ListPage,
): Json | undefined => {
  const times = events.map(({ recorded }) => Date.parse(String(recorded)))
  const [newest = 0, oldest = Number.POSITIVE_INFINITY] = [times[0], times.at(-1)]
  for (const { id, recorded, since } of waiting) {
    const event = events.find((each) => entryIdOf(each) === id)
    const isListed = recorded > oldest + clockSlack && (first || recorded < newest - clockSlack)
    if (event ? !proofs.has(id) && now - since >= patience : isListed)
      return event ?? { id, recorded: new Date(recorded).toISOString() }
  }
  return undefined
}
