import { type Kysely, sql } from 'kysely'
import type { Dialect } from './migrations.ts'

/** Hashes of a tile. */
const WIDTH = 256
/** Levels of the tree from one level of tiles to the next. */
const HEIGHT = 8

/** The trigger that queues entries which are written without a place: on SQLite, an entry that has no leaf by then. */
export const queueUnplaced = {
  sqlite: [
    sql`drop trigger audit_event_queued`,
    sql`create trigger audit_event_queued after insert on audit_event
        when not exists (select 1 from audit_leaf where audit_leaf.seq = new.seq)
        begin insert into audit_queue (seq) values (new.seq); end`,
  ],
  postgres: [
    sql`drop trigger audit_event_queued on audit_event`,
    sql`create or replace function audit_event_queue() returns trigger language plpgsql
        as $$ begin insert into audit_queue (seq) select seq from written; return null; end $$`,
    sql`create trigger audit_event_queued after insert on audit_event
        referencing new table as written for each statement execute function audit_event_queue()`,
  ],
} as const

/**
 * Replaces the rows of the access log's tree, one for each hash, with tiles of 256 hashes (`server/audit/tiles.ts`). From now on an
 * entry that is written together with its leaf skips the queue.
 */
export const createLogTiles = async (
  db: Kysely<unknown>,
  { clustered, bytes, queueUnplaced }: Pick<Dialect, 'clustered' | 'bytes' | 'queueUnplaced'>,
): Promise<void> => {
  // A server of an earlier version that still runs places nothing until this is done, and then fails without `audit_node`.
  await sql`update setting set value = '' where name = 'log.turn'`.execute(db)
  await db.schema
    .createTable('audit_tile')
    .addColumn('level', 'integer', (c) => c.notNull())
    .addColumn('index', 'bigint', (c) => c.notNull())
    .addColumn('hashes', bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('audit_tile_primary', ['level', 'index'])
    .modifyEnd(clustered)
    .execute()
  const { rows } = await sql<{ size: number }>`select count(*) as size from audit_leaf`.execute(db)
  await copyHashes(db, Number(rows[0]?.size ?? 0))
  await db.schema.dropTable('audit_node').execute()
  for (const statement of queueUnplaced) await statement.execute(db)
}

/** Levels above 0 also have the tile that is not full yet. */
const copyHashes = async (db: Kysely<unknown>, size: number): Promise<void> => {
  for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / WIDTH)) {
    const tiles = level === 0 ? Math.floor(hashes / WIDTH) : Math.ceil(hashes / WIDTH)
    for (let index = 0; index < tiles; index++) await copyTile(db, level, index)
  }
}

const copyTile = async (db: Kysely<unknown>, level: number, index: number): Promise<void> => {
  const range = sql`"index" >= ${index * WIDTH} and "index" < ${(index + 1) * WIDTH} order by "index"`
  const { rows } = await sql<{ hash: Uint8Array }>`select hash from ${
    level === 0 ? sql`audit_leaf where` : sql`audit_node where level = ${level * HEIGHT} and`
  } ${range}`.execute(db)
  const hashes = Buffer.concat(rows.map(({ hash }) => hash))
  await sql`insert into audit_tile (level, "index", hashes) values (${level}, ${index}, ${hashes})`.execute(
    db,
  )
}
