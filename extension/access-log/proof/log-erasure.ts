import { type Json, objects } from '../../fhir/resource.ts'
import type { ErasedEntry } from '../../messages/log-entries.ts'
import type { StoredKnownLog } from '../../storage/stored-log.ts'
import { type Bytes, toBase64Url } from './base64.ts'
import { clockSlack } from './entry-order.ts'
import type { EntryProof, Inclusion } from './log-answers.ts'
import type { Checkpoint, LogKey } from './log-checkpoint.ts'
import { entryIdOf, leafOf, recordedOf } from './log-leaf.ts'
import { isErasure, isSigned } from './log-signature.ts'
import { sha256, verifyInclusion } from './log-tree.ts'

/** A proven erasure. */
interface Erasure {
  index: number
  /** Each commits to the place of an erased entry without revealing it. */
  commitments: ReadonlySet<string>
  entry: ErasedEntry
}

/**
 * Proves the erasure of each entry without a salt, and returns when it was, by the entry's id. Returns instead the oldest such
 * entry that no erasure in the log commits to, if there is one.
 */
export const proveErased = async (
  events: readonly Json[],
  { proofs, erasures }: Inclusion,
  checkpoint: Checkpoint & { key: LogKey },
  giveWay: () => Promise<void>,
): Promise<{ erased: Record<string, ErasedEntry> } | { blanked: Json }> => {
  const provenErasures = new Map<string, Erasure | undefined>()
  const prove = async (id: string): Promise<Erasure | undefined> => {
    const erasureInAnswer = erasures.get(id)
    if (erasureInAnswer && !provenErasures.has(id))
      provenErasures.set(id, await readErasure(erasureInAnswer, checkpoint))
    return provenErasures.get(id)
  }
  const erasedEntries: Record<string, ErasedEntry> = {}
  for (const event of events.toReversed()) {
    await giveWay()
    const id = entryIdOf(event)
    const proof = proofs.get(id)
    if (!proof || proof.salt) continue
    const erasure = proof.erased && (await prove(proof.erased.by))
    const commitment = proof.erased && (await commitmentOf(proof.erased.nonce, proof.index))
    // An erasure reports a past deletion, so its place is after the entries that it erased.
    const isCommitted =
      erasure && commitment && erasure.commitments.has(commitment) && erasure.index > proof.index
    if (!isCommitted) return { blanked: event }
    erasedEntries[id] = erasure.entry
  }
  return { erased: erasedEntries }
}

const commitmentOf = async (nonce: Bytes, index: number): Promise<string> =>
  toBase64Url(await sha256(nonce, encoder.encode(`erased\0${index}`)))

const encoder = new TextEncoder()

/**
 * Reads an erasure that lies under the checkpoint and that the log's key signed. It must have a salt, because an erasure that was itself
 * erased proves nothing.
 */
const readErasure = async (
  { event, text: written, proof }: { event: Json; text: string; proof: EntryProof },
  { size, root, key }: Checkpoint & { key: LogKey },
): Promise<Erasure | undefined> => {
  const leaf = proof.salt && (await leafOf(event, { ...proof, text: written }))
  if (!leaf || !isErasure(event) || !(await isSigned(event, proof.index, key))) return undefined
  if ((await verifyInclusion({ ...proof, leaf, size, root })) !== 'proven') return undefined
  const details = objects(event.entity).flatMap(({ detail }) => objects(detail))
  const erased = details.find(({ type }) => type === 'erased')?.valueString
  return {
    index: proof.index,
    commitments: new Set(typeof erased === 'string' ? erased.split(' ') : []),
    entry: { at: recordedOf(event) },
  }
}

/** Where a person's log starts again after an erasure: the place of its first entry, and its time in milliseconds since 1970. */
export interface NewBeginning {
  index: number
  recorded: number
}

/**
 * Finds a new beginning: the last page then ends with the erasure's own entry, number 1. In any other place it explains nothing, and
 * neither does one that was erased itself, because nobody can tell who wrote it.
 */
export const findNewBeginning = (
  events: readonly Json[],
  proofs: ReadonlyMap<string, EntryProof>,
): NewBeginning | undefined => {
  const first = events.at(-1)
  const proof = first && proofs.get(entryIdOf(first))
  if (!first || !proof?.salt || proof.count !== 1 || !isErasure(first)) return undefined
  return { index: proof.index, recorded: Date.parse(recordedOf(first)) }
}

/** Checks whether an entry that waited may be from before a new beginning, by another process's clock. */
export const mayBeErased = ({ recorded }: { recorded: number }, beginning: NewBeginning): boolean =>
  recorded < beginning.recorded + clockSlack

/** Drops entries from before a new beginning, because their numbers are used again. */
export const forgetErased = <T extends Pick<StoredKnownLog, 'places' | 'waiting'>>(
  known: T,
  beginning: NewBeginning | undefined,
): T =>
  beginning
    ? {
        ...known,
        places: known.places.filter(([, index]) => index >= beginning.index),
        waiting: known.waiting.filter(({ recorded }) => recorded >= beginning.recorded),
      }
    : known
