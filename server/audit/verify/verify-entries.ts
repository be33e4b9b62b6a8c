import type { AuditEvent } from '@medplum/fhirtypes'
import type { Db } from '../../store/schema.ts'
import { acceptsClock, isAboutLog, requireSigned, type SigningKey } from '../checkpoint/signed-entry.ts'
import { findWrongColumn } from '../entry/columns.ts'
import { Finding, faultOfReading, nameOf } from '../entry/finding.ts'
import { hashOfEntry } from '../entry/leaf.ts'
import { openEvent } from '../entry/stored-event.ts'
import { TILE_WIDTH } from '../tree/tiles.ts'
import { findErasures } from './verify-erasures.ts'
import { unplacedEntries } from './verify-places.ts'
import { createTimeCheck } from './verify-times.ts'

/** Leaves in memory at a time: whole tiles, because their hashes are compared together. */
const BATCH = 2 * TILE_WIDTH

type LeafRow = Awaited<ReturnType<typeof leavesFrom>>[number]

/** Consecutive entries, and how many of them were erased. */
export interface VerifiedLeaves {
  readonly hashes: readonly Uint8Array[]
  readonly erased: number
}

export interface Range {
  /** The index of the first entry. */
  readonly from: number
  /** The index after the last one. */
  readonly size: number
  readonly key: SigningKey
}

/**
 * Recomputes the hashes of entries from their content, in order.
 *
 * @throws Finding at the first entry that is not the one that was logged there.
 */
export async function* verifiedLeaves(db: Db, { from, size, key }: Range): AsyncGenerator<VerifiedLeaves> {
  const requireTimeInOrder = createTimeCheck(await timeBefore(db, from))
  for (let verifiedCount = from; verifiedCount < size; ) {
    const rows = await leavesFrom(db, verifiedCount === 0 ? undefined : verifiedCount, size)
    const hashes: Uint8Array[] = []
    const erasedRows = rows.filter(({ salt }) => salt === null)
    const erasures = await findErasures(
      db,
      erasedRows.map(({ seq }) => seq),
      key,
    )
    const verifyRow = async (row: LeafRow): Promise<void> => {
      const index = verifiedCount + hashes.length
      if (row.index < index) throw new Finding('inserted', `${nameOf(row)} stands before the first one.`)
      if (row.index > index) throw await missingLeaf(db, index)
      const { event, hash } = await verifyEntry(db, row)
      hashes.push(hash)
      if (row.salt !== null) requireSigned(event, index, key)
      else if (isAboutLog(event))
        throw new Finding('blanked', `${nameOf(row)} lost what it says of the log, which no erasure takes.`)
      else erasures.require(row)
      // An erased entry excuses nothing.
      requireTimeInOrder({ ...row, acceptsClock: row.salt !== null && acceptsClock(event) })
    }
    for (const row of rows)
      await verifyRow(row).catch((error: unknown) => {
        throw faultOfReading(error, nameOf(row))
      })
    if (rows.length === 0) throw await missingLeaf(db, verifiedCount)
    yield { hashes, erased: erasedRows.length }
    verifiedCount += hashes.length
  }
}

/** Returns the time of the entry before. */
const timeBefore = async (db: Db, from: number): Promise<number | undefined> => {
  if (from === 0) return undefined
  const row = await db
    .selectFrom('audit_leaf')
    .innerJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
    .select('recorded')
    .where('audit_leaf.index', '=', from - 1)
    .executeTakeFirst()
  return row?.recorded
}

/**
 * Reads the stored hashes of the first entries, in order; of the entries, only that they exist.
 *
 * @throws Finding at the first that is gone, or has lost its place.
 */
export async function* storedLeaves(db: Db, size: number): AsyncGenerator<VerifiedLeaves> {
  for (let from = 0; from < size; from += BATCH) {
    const end = Math.min(size, from + BATCH)
    const rows = await db
      .selectFrom('audit_leaf')
      .leftJoin('audit_event', 'audit_event.seq', 'audit_leaf.seq')
      .select(['index', 'hash', 'id'])
      .where('index', '>=', from)
      .where('index', '<', end)
      .orderBy('index')
      .execute()
    for (let index = from; index < end; index++) {
      const row = rows[index - from]
      if (row?.index !== index) throw await missingLeaf(db, index)
      if (row.id === null) throw new Finding('removed', `${nameOf(row)}.`)
    }
    yield { hashes: rows.map(({ hash }) => hash), erased: 0 }
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
    .limit(BATCH - ((from ?? 0) % BATCH))
    .execute()

const missingLeaf = async (db: Db, index: number): Promise<Finding> => {
  // The entry may still exist without a place. It is then the first unplaced one written after its neighbour.
  const before = await db
    .selectFrom('audit_leaf')
    .select('seq')
    .where('index', '=', index - 1)
    .executeTakeFirst()
  const event = await unplacedEntries(db)
    .where('seq', '>', before?.seq ?? 0)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return new Finding('removed', `${nameOf({ index, id: event?.id ?? null })} has lost its place.`)
}

const verifyEntry = async (db: Db, row: LeafRow): Promise<{ event: AuditEvent; hash: Uint8Array }> => {
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
  const currentHash = tryHashOfEntry(entry)
  if (!currentHash?.equals(hash)) {
    const place = currentHash && (await findPlaceOf(db, entry))
    if (place !== undefined)
      throw new Finding('reordered', `${name} stands at ${index}; it was logged at ${place}.`)
    throw new Finding('edited', `${name} is not what was logged.`)
  }
  const columns = { ...row, id, recorded, type, subtype, outcome, request_id }
  const event = openEvent(json)
  const wrongColumn = findWrongColumn(columns, event)
  if (wrongColumn !== undefined)
    throw new Finding('edited', `${name} has another value in the column ${wrongColumn} than was logged.`)
  return { event, hash: currentHash }
}

/** Returns `undefined` if an edited entry is no longer canonical JSON. */
const tryHashOfEntry = (entry: Parameters<typeof hashOfEntry>[0]): Buffer | undefined => {
  try {
    return hashOfEntry(entry)
  } catch {
    return undefined
  }
}

/** Finds the original place of a moved event: the leaf whose hash the event has once it gets that leaf's number. */
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
    const original = leaves.find(({ count, hash }) => hashOfEntry({ json, salt, count }).equals(hash))
    if (original) return original.index
    const last = leaves.at(-1)
    if (!last) return undefined
    after = last.index
  }
}
