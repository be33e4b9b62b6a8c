import { type Kysely, sql } from 'kysely'
import { createIndex, type Dialect } from './dialect.ts'

/** Creates the tables of the access log, its Merkle tree, and the requests that are counted for it (`schema.ts`). */
export const createLogTables = async (db: Kysely<unknown>, dialect: Dialect): Promise<void> => {
  const { autoIncrement, bytes, clustered } = dialect
  await createEntries(db, dialect)
  await createTree(db, dialect)
  await db.schema
    .createTable('audit_checkpoint')
    .addColumn('key', autoIncrement, (c) => c.primaryKey())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('signed_at', 'bigint', (c) => c.notNull())
    .addColumn('note', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('audit_erasure')
    .addColumn('seq', 'bigint', (c) => c.primaryKey())
    .addColumn('erasure', 'bigint', (c) => c.notNull())
    .addColumn('nonce', bytes, (c) => c.notNull())
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('refused_request')
    .addColumn('minute', 'bigint', (c) => c.notNull())
    .addColumn('network', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('writer', 'integer', (c) => c.notNull().defaultTo(dialect.writer))
    .addColumn('requests', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('refused_request_primary', ['minute', 'network', 'kind', 'reason', 'writer'])
    .modifyEnd(clustered)
    .execute()
}

const createEntries = async (
  db: Kysely<unknown>,
  { autoIncrement, bytes, clustered, queueEntries }: Dialect,
): Promise<void> => {
  await db.schema
    .createTable('audit_event')
    .addColumn('seq', autoIncrement, (c) => c.primaryKey())
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('recorded', 'bigint', (c) => c.notNull())
    .addColumn('patient', 'text')
    .addColumn('agent', 'text')
    .addColumn('client_id', 'text')
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('subtype', 'text', (c) => c.notNull())
    .addColumn('outcome', 'text', (c) => c.notNull())
    .addColumn('request_id', 'text', (c) => c.notNull())
    .addColumn('json', 'text', (c) => c.notNull())
    .addColumn('salt', bytes)
    .execute()
  await createIndex(db, 'audit_event', 'recorded')
  await createIndex(db, 'audit_event', 'patient', 'seq')
  await createIndex(db, 'audit_event', 'agent', 'seq')
  await db.schema
    .createTable('audit_queue')
    .addColumn('seq', 'bigint', (c) => c.primaryKey())
    .modifyEnd(clustered)
    .execute()
  for (const statement of queueEntries) await statement.execute(db)
}

const createTree = async (
  db: Kysely<unknown>,
  { autoIncrement, bytes, clustered }: Dialect,
): Promise<void> => {
  await db.schema
    .createTable('audit_leaf')
    .addColumn('index', autoIncrement, (c) => c.primaryKey())
    .addColumn('seq', 'bigint', (c) => c.notNull().unique())
    .addColumn('count', 'bigint')
    .addColumn('hash', bytes, (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('audit_tile')
    .addColumn('level', 'integer', (c) => c.notNull())
    .addColumn('index', 'bigint', (c) => c.notNull())
    .addColumn('hashes', bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('audit_tile_primary', ['level', 'index'])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createTable('audit_patient')
    .addColumn('patient', 'text', (c) => c.primaryKey())
    .addColumn('entries', 'bigint', (c) => c.notNull())
    .modifyEnd(clustered)
    .execute()
  // The row that whoever gives out places locks (`server/audit/write/sequencer.ts`).
  await sql`insert into setting (name, value) values ('log.turn', '')`.execute(db)
}
