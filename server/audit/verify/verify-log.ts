import type { Db } from '../../store/schema.ts'
import type { NoteKey } from '../checkpoint/checkpoint.ts'
import type { SigningKey } from '../checkpoint/signed-entry.ts'
import { Finding, faultOfReading } from '../entry/finding.ts'
import type { GrowingTree, TreeNode } from '../tree/growing-tree.ts'
import { loadTree, MissingNode, treeSize } from '../tree/stored-tree.ts'
import { TILE_WIDTH } from '../tree/tiles.ts'
import {
  findRollbacks,
  type KnownRoot,
  type OutsideCheckpoint,
  openOutside,
  openStored,
} from './verify-checkpoints.ts'
import { type Range, storedLeaves, type VerifiedLeaves, verifiedLeaves } from './verify-entries.ts'
import { verifyNumbers, verifyQueue } from './verify-places.ts'
import { verifyRows } from './verify-rows.ts'
import { findReplacedTable } from './verify-tables.ts'
import { verifyTiles } from './verify-tiles.ts'

export interface SoundLog {
  readonly entries: number
  /** Entries that still wait for a place in the tree. */
  readonly waiting: number
  readonly checkpoints: number
  /** The note of the largest checkpoint that was compared; absent if there is none. */
  readonly confirmed?: string
  /** Entries after those that the newest checkpoint covers. A server signs within seconds. */
  readonly unsigned?: number
  /** Entries that lost their personal values, as an erasure in the log states. */
  readonly erased?: number
  /** When the log was last set back on purpose, milliseconds since 1970. Older checkpoints in the database were not compared. */
  readonly setBack?: number
  /** When another key took the place of one that was lost, milliseconds since 1970. Signatures of earlier entries were not compared. */
  readonly newKey?: number
}

export interface LogCheck {
  /** Checkpoints from elsewhere that the log must contain. */
  readonly others?: readonly OutsideCheckpoint[]
  /** A checkpoint over entries that an earlier check has read. Of these, only the hashes are read, but for the last ones. */
  readonly verified?: OutsideCheckpoint
  /** Roots that the log must have. */
  readonly known?: readonly KnownRoot[]
  /**
   * The index of the first entry that is read; of those before it, only the hashes are compared, by the first checkpoint or known root
   * over more entries.
   */
  readonly from?: number
  /** Waits after each batch. */
  readonly giveWay?: () => Promise<void>
}

/**
 * Checks that the log is read from its own tables, recomputes it from its entries, and compares every entry, every hash of the tree, every
 * checkpoint and every patient's numbers, and that no table holds other rows.
 * It reads in batches; the log may grow meanwhile.
 *
 * @param key the key that signed the checkpoints.
 * @throws Finding at the first fault, also if something cannot be read. StoreUnavailable
 */
export const verifyLog = async (db: Db, key: NoteKey, check: LogCheck = {}): Promise<SoundLog> => {
  try {
    return await readLog(db, key, check)
  } catch (error) {
    throw faultOfReading(error, 'the log')
  }
}

const readLog = async (
  db: Db,
  key: NoteKey,
  { others = [], known = [], verified, giveWay = async () => undefined, ...check }: LogCheck,
): Promise<SoundLog> => {
  const replaced = await findReplacedTable(db)
  if (replaced) throw replaced
  const size = await treeSize(db)
  const rollbacks = await findRollbacks(db, key)
  const [rollback] = rollbacks
  const newKey = rollbacks.find(({ isNewKey }) => isNewKey)
  const signing: SigningKey = { key, since: newKey?.index ?? 0 }
  const before = verified && (await openOutside(db, verified, key))
  const from = before ? 0 : (check.from ?? 0)
  if (before && before.size > size) throw rolledBack(size, before)
  const fromOutside: KnownRoot[] = [...known, ...(before ? [before] : [])]
  for (const other of others) fromOutside.push(await openOutside(db, other, key))
  /** Checkpoints over more than `after` and up to `until` entries. */
  const signedIn = async (after: number, until: number): Promise<readonly KnownRoot[]> => [
    ...fromOutside.filter((checkpoint) => checkpoint.size > after && checkpoint.size <= until),
    ...(await openStored(db, { after, until, later: rollback?.checkpoint ?? 0 }, key)),
  ]

  const tree = await treeBefore(db, from)
  let checkpoints = 0
  let signedUpTo = from
  let erasedCount = 0
  let confirmed: string | undefined
  const requireRoot = async ({ size: upTo, root, label, note }: KnownRoot, currentRoot: Uint8Array) => {
    if (!Buffer.from(currentRoot).equals(root)) {
      // The numbers show whether entries were removed or moved.
      await verifyNumbers(db, { from, before: upTo })
      throw new Finding(
        'edited',
        `entry ${signedUpTo}, or a later one before entry ${upTo}, is not what was signed: ${label} covers different entries.`,
      )
    }
    checkpoints += 1
    signedUpTo = upTo
    confirmed = note ?? confirmed
  }

  for (const signed of await signedIn(from - 1, from)) await requireRoot(signed, tree.root())
  for await (const { hashes: leaves, erased } of leavesOf(db, {
    from,
    size,
    key: signing,
    read: before?.size,
  })) {
    erasedCount += erased
    const checkpoints = await signedIn(tree.size, tree.size + leaves.length)
    const nodes: TreeNode[] = []
    const roots = new Map<number, Uint8Array>()
    for (const leaf of leaves) {
      nodes.push(...tree.add(leaf))
      if (checkpoints.some((each) => each.size === tree.size)) roots.set(tree.size, tree.root())
    }
    await verifyTiles(db, tree.size - leaves.length, leaves, nodes)
    for (const each of checkpoints) await requireRoot(each, roots.get(each.size) ?? new Uint8Array())
    await giveWay()
  }

  const larger = await signedIn(size, Number.MAX_SAFE_INTEGER)
  // Read after the checkpoints, because the log may have grown meanwhile.
  const currentSize = await treeSize(db)
  const unreachable = larger.find((checkpoint) => checkpoint.size > currentSize)
  if (unreachable) throw rolledBack(currentSize, unreachable)
  // A server signs before it answers.
  if (size > 0 && checkpoints === 0)
    throw new Finding('removed', 'the log has entries, but every checkpoint is gone.')
  await verifyNumbers(db, { from, before: size })
  await verifyRows(db, from)
  const waiting = await verifyQueue(db, from)
  const unsigned = larger.length > 0 ? 0 : size - signedUpTo
  return {
    entries: size,
    waiting,
    checkpoints,
    ...(confirmed !== undefined && { confirmed }),
    ...(unsigned > 0 && { unsigned }),
    ...(erasedCount > 0 && { erased: erasedCount }),
    ...(rollback && { setBack: rollback.recorded }),
    ...(newKey && { newKey: newKey.recorded }),
  }
}

/** A tile is compared as a whole, so reading begins with one. */
async function* leavesOf(
  db: Db,
  { read = 0, ...range }: Range & { readonly read: number | undefined },
): AsyncGenerator<VerifiedLeaves> {
  const known = read - (read % TILE_WIDTH)
  yield* storedLeaves(db, known)
  yield* verifiedLeaves(db, { ...range, from: range.from + known })
}

const rolledBack = (end: number, { size, label }: KnownRoot): Finding =>
  new Finding(
    'rolled back',
    `entries ${end} to ${size - 1} are gone: they were signed (${label}), but the log ends before them.`,
  )

/** Returns the tree of the entries before. @throws Finding when a hash of it is missing. */
const treeBefore = async (db: Db, size: number): Promise<GrowingTree> => {
  try {
    return await loadTree(db, size)
  } catch (error) {
    if (!(error instanceof MissingNode)) throw error
    throw new Finding('removed', `a hash of the tree over the first ${size} entries is missing.`)
  }
}
