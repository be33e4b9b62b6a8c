import type { AuditEvent } from '@medplum/fhirtypes'
import type { Db } from '../store/schema.ts'
import { findWrongColumn } from './columns.ts'
import { Finding, nameOf } from './finding.ts'
import { hashOfEntry } from './leaf.ts'
import { findErasures } from './verify-erasures.ts'
import { unplaced } from './verify-places.ts'
import { timesInOrder } from './verify-times.ts'

/** Leaves in memory at one time. */
const BATCH = 512

type Row = Awaited<ReturnType<typeof leavesFrom>>[number]

/** Consecutive entries, and how many of them were erased. */
export interface VerifiedLeaves {
  readonly hashes: readonly Uint8Array[]
  readonly erased: number
  /** How many of those were confirmed afterwards. */
  readonly confirmed: number
}

/**
 * Recomputes the hashes of the first `size` entries from their content, in order.
 *
 * @throws Finding at the first entry that is not the one that was logged there.
 */
export async function* verifiedLeaves(db: Db, size: number): AsyncGenerator<VerifiedLeaves> {
  const requireTimeInOrder = timesInOrder()
  for (let done = 0; done < size; ) {
    const rows = await leavesFrom(db, done === 0 ? undefined : done, size)
    const hashes: Uint8Array[] = []
    const blank = rows.filter(({ salt }) => salt === null)
    const erasures = await findErasures(
      db,
      blank.map(({ seq }) => seq),
    )
    let confirmed = 0
    for (const row of rows) {
      const index = done + hashes.length
      if (row.index < index) throw new Finding('inserted', `${nameOf(row)} stands before the first one.`)
      if (row.index > index) throw await missingLeaf(db, index)
      hashes.push(await verified(db, row))
      requireTimeInOrder(row)
      if (row.salt === null && erasures.require(row)) confirmed += 1
    }
    if (rows.length === 0) throw await missingLeaf(db, done)
    yield { hashes, erased: blank.length, confirmed }
    done += hashes.length
  }
}

const leavesFrom = (db: Db, from: number | undefined, size: number) =>
  db
    .selectFrom('audit_leaf')
    .leftJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
    .select(['audit_leaf.index', 'audit_leaf.seq', 'audit_leaf.count', 'audit_leaf.hash'])
    .select(['id', 'recorded', 'patient', 'agent', 'client_id', 'type', 'subtype', 'outcome', 'request_id'])
    .select(['json', 'salt'])
    .$if(from !== undefined, (query) => query.where('audit_leaf.index', '>=', from ?? 0))
    .where('audit_leaf.index', '<', size)
    .orderBy('audit_leaf.index')
    .limit(BATCH)
    .execute()

const missingLeaf = async (db: Db, index: number): Promise<Finding> => {
  // The entry may still exist without a place: the next one written after its neighbour.
  const before = await db
    .selectFrom('audit_leaf')
    .select('seq')
    .where('index', '=', index - 1)
    .executeTakeFirst()
  const event = await unplaced(db)
    .where('seq', '>', before?.seq ?? 0)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return new Finding('removed', `${nameOf({ index, id: event?.id ?? null })} has lost its place.`)
}

const verified = async (db: Db, row: Row): Promise<Uint8Array> => {
  const { index, json, salt, count, hash, id, recorded, type, subtype, outcome, request_id } = row
  const name = nameOf(row)
  if (
    json === null ||
    id === null ||
    recorded === null ||
    type === null ||
    subtype === null ||
    outcome === null ||
    request_id === null
  )
    throw new Finding('removed', `${name}.`)
  const entry = { json, salt, count }
  const now = hashOfWhatever(entry)
  if (!now?.equals(hash)) {
    const place = now && (await findPlaceOf(db, entry))
    if (place !== undefined)
      throw new Finding('reordered', `${name} stands at ${index}; it was logged at ${place}.`)
    throw new Finding('edited', `${name} is not what was logged.`)
  }
  const columns = { ...row, id, recorded, type, subtype, outcome, request_id }
  const wrong = findWrongColumn(columns, JSON.parse(json) as AuditEvent)
  if (wrong !== undefined)
    throw new Finding('edited', `${name} is kept under another ${wrong} than it was logged with.`)
  return now
}

/** Returns `undefined` if an edited entry is no longer JSON. */
const hashOfWhatever = (entry: Parameters<typeof hashOfEntry>[0]): Buffer | undefined => {
  try {
    return hashOfEntry(entry)
  } catch {
    return undefined
  }
}

/** Finds the original place of a moved event: the leaf whose number gives the event that leaf's hash. */
const findPlaceOf = async (
  db: Db,
  { json, salt }: { json: string; salt: Uint8Array | null },
): Promise<number | undefined> => {
  for (let after = -1; ; ) {
    const leaves = await db
      .selectFrom('audit_leaf')
      .select(['index', 'count', 'hash'])
      .where('index', '>', after)
      .orderBy('index')
      .limit(BATCH)
      .execute()
    const found = leaves.find(({ count, hash }) => hashOfEntry({ json, salt, count }).equals(hash))
    if (found) return found.index
    const last = leaves.at(-1)
    if (!last) return undefined
    after = last.index
  }
}
