import { type Kysely, sql } from 'kysely'
import type { Dialect } from './migrations.ts'

/** The trigger that queues every entry for its place in the tree, in the statement that writes it. */
export const queueEntries = {
  sqlite: [
    sql`create trigger audit_event_queued after insert on audit_event
        begin insert into audit_queue (seq) values (new.seq); end`,
  ],
  postgres: [
    sql`create function audit_event_queue() returns trigger language plpgsql
        as $$ begin insert into audit_queue (seq) values (new.seq); return null; end $$`,
    sql`create trigger audit_event_queued after insert on audit_event
        for each row execute function audit_event_queue()`,
  ],
} as const

/** Creates the access log's Merkle tree (`server/audit`). Existing entries get a place like any other. */
export const createLogTree = async (
  db: Kysely<unknown>,
  { autoIncrement, clustered, bytes, randomBytes, queueEntries }: Omit<Dialect, 'bytewise'>,
): Promise<void> => {
  await db.schema.alterTable('audit_event').addColumn('salt', bytes).execute()
  await sql`update audit_event set salt = ${randomBytes}`.execute(db)
  // A patient's entries are always listed in the order of the log.
  await db.schema.dropIndex('audit_event_patient_recorded').execute()
  await index(db, 'audit_event', 'patient', 'seq')
  await db.schema
    .createTable('audit_queue')
    .addColumn('seq', sql`bigint`, (c) => c.primaryKey())
    .modifyEnd(clustered)
    .execute()
  await sql`insert into audit_queue (seq) select seq from audit_event`.execute(db)
  for (const statement of queueEntries) await statement.execute(db)
  await db.schema
    .createTable('audit_leaf')
    .addColumn('index', autoIncrement, (c) => c.primaryKey())
    .addColumn('seq', 'bigint', (c) => c.notNull().unique())
    .addColumn('count', 'bigint')
    .addColumn('hash', bytes, (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('audit_node')
    .addColumn('level', 'integer', (c) => c.notNull())
    .addColumn('index', 'bigint', (c) => c.notNull())
    .addColumn('hash', bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('audit_node_primary', ['level', 'index'])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('audit_patient')
    .addColumn('patient', 'text', (c) => c.primaryKey())
    .addColumn('entries', 'bigint', (c) => c.notNull())
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('audit_checkpoint')
    .addColumn('key', autoIncrement, (c) => c.primaryKey())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('signed_at', 'bigint', (c) => c.notNull())
    .addColumn('note', 'text', (c) => c.notNull())
    .execute()
  await sql`insert into setting (name, value) values ('log.turn', '')`.execute(db)
}

/** Creates the table that tells which erasure in the log commits to an erased entry. */
export const createErasures = (
  db: Kysely<unknown>,
  { clustered, bytes }: Pick<Dialect, 'clustered' | 'bytes'>,
): Promise<void> =>
  db.schema
    .createTable('audit_erasure')
    .addColumn('seq', sql`bigint`, (c) => c.primaryKey())
    .addColumn('erasure', 'bigint', (c) => c.notNull())
    .addColumn('nonce', bytes, (c) => c.notNull())
    .modifyEnd(clustered)
    .execute()

/** Creates an index that is named for its table and columns. */
export const index = (db: Kysely<unknown>, table: string, ...columns: string[]) =>
  db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute()
