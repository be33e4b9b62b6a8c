import type { Db } from '../store/schema.ts'
import type { NoteKey } from './checkpoint.ts'
import { Finding, nameOf } from './finding.ts'
import { growingTree, type TreeNode } from './growing-tree.ts'
import { treeSize } from './stored-tree.ts'
import { lastRollback, type OtherCheckpoint, openKept, openOther, type Signed } from './verify-checkpoints.ts'
import { verifiedLeaves } from './verify-entries.ts'
import { requireNothingBeside, verifyCounts } from './verify-places.ts'

export interface SoundLog {
  readonly entries: number
  /** Entries that still wait for a place in the tree. */
  readonly waiting: number
  readonly checkpoints: number
  /** Entries that lost their personal values by an erasure in the log. */
  readonly erased?: number
  /** How many of those an earlier version erased and the operator confirmed afterwards. */
  readonly confirmed?: number
  /** When the log was set back on purpose, milliseconds since 1970: older checkpoints in the database are not compared. */
  readonly setBack?: number
}

/**
 * Recomputes the whole log from its entries and compares every entry, every hash of the tree, every checkpoint and every
 * patient's numbers. It reads in batches; the log may grow meanwhile.
 *
 * @param key that signed the checkpoints; `undefined` if nothing was signed yet.
 * @throws Finding at the first fault.
 */
export const verifyLog = async (
  db: Db,
  key: NoteKey | undefined,
  others: readonly OtherCheckpoint[] = [],
): Promise<SoundLog> => {
  const size = await treeSize(db)
  const setBack = await lastRollback(db)
  const outside: Signed[] = []
  for (const other of others) outside.push(await openOther(db, other, key))
  /** Checkpoints over more than `after` and up to `until` entries. */
  const signedIn = async (after: number, until: number): Promise<readonly Signed[]> => [
    ...outside.filter((signed) => signed.size > after && signed.size <= until),
    ...(await openKept(db, { after, until, since: setBack ?? 0 }, key)),
  ]

  const tree = growingTree()
  let checkpoints = 0
  let held = 0
  let erased = 0
  let confirmed = 0
  const requireRoot = ({ size: upTo, root, from }: Signed, now: Uint8Array) => {
    if (!Buffer.from(now).equals(root))
      throw new Finding(
        'edited',
        `entry ${held}, or one after it and before entry ${upTo}, is not what was signed: ${from} is over other ones.`,
      )
    checkpoints += 1
    held = upTo
  }

  for (const signed of await signedIn(-1, 0)) requireRoot(signed, tree.root())
  for await (const { hashes: leaves, ...blank } of verifiedLeaves(db, size)) {
    erased += blank.erased
    confirmed += blank.confirmed
    const signed = await signedIn(tree.size, tree.size + leaves.length)
    const nodes: TreeNode[] = []
    const roots = new Map<number, Uint8Array>()
    for (const leaf of leaves) {
      nodes.push(...tree.add(leaf))
      if (signed.some((each) => each.size === tree.size)) roots.set(tree.size, tree.root())
    }
    await verifyNodes(db, nodes)
    for (const each of signed) requireRoot(each, roots.get(each.size) ?? new Uint8Array())
  }

  const beyond = await signedIn(size, Number.MAX_SAFE_INTEGER)
  // Read after the checkpoints, because the log may have grown meanwhile.
  const now = await treeSize(db)
  const gone = beyond.find((signed) => signed.size > now)
  if (gone)
    throw new Finding(
      'rolled back',
      `entries ${now} to ${gone.size - 1} are gone: the log ends before them, and they were signed (${gone.from}).`,
    )
  // A server that has a key signs before it answers.
  if (key && size > 0 && checkpoints === 0)
    throw new Finding('removed', 'nothing is left that was signed: no checkpoint says what the log was.')
  await verifyCounts(db, size)
  const waiting = await requireNothingBeside(db)
  return {
    entries: size,
    waiting,
    checkpoints,
    ...(erased > 0 && { erased }),
    ...(confirmed > 0 && { confirmed }),
    ...(setBack !== undefined && { setBack }),
  }
}

/** Checks that the stored hashes of the tree follow from its leaves. @throws Finding */
const verifyNodes = async (db: Db, nodes: readonly TreeNode[]): Promise<void> => {
  const levels = Map.groupBy(nodes, ({ level }) => level)
  const wrong: TreeNode[] = []
  for (const [level, those] of levels) {
    const rows = await db
      .selectFrom('audit_node')
      .select(['index', 'hash'])
      .where('level', '=', level)
      .where('index', '>=', those[0]?.index ?? 0)
      .where('index', '<=', those.at(-1)?.index ?? 0)
      .execute()
    const kept = new Map(rows.map(({ index, hash }) => [index, hash]))
    wrong.push(...those.filter(({ index, hash }) => !same(kept.get(index), hash)))
  }
  const first = wrong.sort((one, other) => startOf(one) - startOf(other) || one.level - other.level)[0]
  if (!first) return
  const start = startOf(first)
  const end = start + 2 ** first.level
  // The leaves match their entries, so an attacker recomputed their hashes. The numbers show if entries were removed or moved.
  await verifyCounts(db, end)
  const entry = await db
    .selectFrom('audit_leaf')
    .leftJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
    .select(['index', 'id'])
    .where('index', '=', start)
    .executeTakeFirst()
  throw new Finding(
    'edited',
    `${nameOf({ index: start, ...entry })}, or one after it and before entry ${end}, is not what the tree was made of.`,
  )
}

const startOf = ({ level, index }: TreeNode): number => index * 2 ** level

const same = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.from(one).equals(other)
