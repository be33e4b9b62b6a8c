import { type Kysely, sql } from 'kysely'
import { createIndex, type Dialect } from './dialect.ts'

/** Selects begun authorizations. Without parameters, so that their index serves. */
export const BEGUN = sql<boolean>`model = 'Interaction'`
/** Selects ended grants whose codes and tokens may still be there; again for the index. */
export const ENDED = sql<boolean>`revoked_at is not null and emptied_at is null`
/** Selects grants that nobody ended, and those whose codes and tokens are gone; each for an index. */
export const UNENDED = sql<boolean>`revoked_at is null`
export const EMPTIED = sql<boolean>`emptied_at is not null`

/** Creates the tables of accounts, applications, and what they were granted (`schema.ts`). */
export const createOauthTables = async (db: Kysely<unknown>, dialect: Dialect): Promise<void> => {
  await createAccounts(db, dialect)
  await createRecords(db, dialect)
  await createConsents(db)
  await db.schema
    .createTable('rate_limit')
    .addColumn('bucket', 'text', (c) => c.primaryKey())
    .addColumn('failures', 'integer', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute()
  await createIndex(db, 'rate_limit', 'expires_at')
}

const createAccounts = async (db: Kysely<unknown>, { countGenerations }: Dialect): Promise<void> => {
  await db.schema
    .createTable('account')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('username', 'text', (c) => c.notNull().unique())
    .addColumn('password_hash', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('patient', 'text')
    .addColumn('practitioner', 'text')
    .addColumn('generation', 'integer', (c) => c.notNull().defaultTo(1))
    .addColumn('disabled_at', 'bigint')
    .execute()
  for (const statement of countGenerations) await statement.execute(db)
}

const createRecords = async (db: Kysely<unknown>, { clustered }: Dialect): Promise<void> => {
  await db.schema
    .createTable('oauth_record')
    .addColumn('model', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('payload', 'text', (c) => c.notNull())
    .addColumn('grant_id', 'text')
    .addColumn('account_id', 'text')
    .addColumn('account_generation', 'integer')
    .addColumn('uid', 'text')
    .addColumn('consumed_at', 'bigint')
    .addColumn('expires_at', 'bigint')
    .addColumn('disabled_at', 'bigint')
    .addColumn('client_generation', 'text', (c) => c.notNull().defaultTo(''))
    .addPrimaryKeyConstraint('oauth_record_key', ['model', 'id'])
    .execute()
  await createIndex(db, 'oauth_record', 'grant_id')
  await createIndex(db, 'oauth_record', 'uid')
  await createIndex(db, 'oauth_record', 'expires_at')
  // Most records are tokens. They are found by their id or their grant, and are not in this index.
  await db.schema
    .createIndex('oauth_record_account_id_model')
    .on('oauth_record')
    .columns(['account_id', 'model'])
    .where(sql.ref('account_id'), 'is not', null)
    .execute()
  // Finds begun authorizations among the tokens that expired in the last hour.
  await db.schema
    .createIndex('oauth_record_begun')
    .on('oauth_record')
    .columns(['model', 'expires_at'])
    .where(BEGUN)
    .execute()
  await db.schema
    .createTable('client_origin')
    .addColumn('origin', 'text', (c) => c.notNull())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('client_origin_primary', ['origin', 'client_id'])
    .modifyEnd(clustered)
    .execute()
  await createIndex(db, 'client_origin', 'client_id')
  await db.schema
    .createTable('client_name')
    .addColumn('client_id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('skeleton', 'text', (c) => c.notNull())
    .execute()
  await createIndex(db, 'client_name', 'skeleton')
}

const createConsents = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable('consent')
    .addColumn('grant_id', 'text', (c) => c.primaryKey())
    .addColumn('account_id', 'text', (c) => c.notNull())
    .addColumn('account_generation', 'integer', (c) => c.notNull())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addColumn('client_generation', 'text', (c) => c.notNull())
    .addColumn('patient', 'text')
    .addColumn('encounter', 'text')
    .addColumn('scope', 'text', (c) => c.notNull())
    .addColumn('window', 'text', (c) => c.notNull())
    .addColumn('browser', 'text')
    .addColumn('system', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('emptied_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .addColumn('ended_because', 'text')
    .execute()
  // Without ended grants, because each sign-in adds one, and each page of the account and each consent reads the others.
  await db.schema
    .createIndex('consent_active')
    .on('consent')
    .columns(['account_id', 'expires_at'])
    .where(UNENDED)
    .execute()
  // Counts who uses an application.
  await db.schema
    .createIndex('consent_client')
    .on('consent')
    .columns(['client_id', 'expires_at'])
    .where(UNENDED)
    .execute()
  await db.schema
    .createIndex('consent_incident')
    .on('consent')
    .columns(['account_id', 'revoked_at'])
    .where(sql<boolean>`ended_because is not null`)
    .execute()
  await db.schema.createIndex('consent_ended').on('consent').columns(['revoked_at']).where(ENDED).execute()
  await db.schema.createIndex('consent_past').on('consent').columns(['expires_at']).where(UNENDED).execute()
  await db.schema
    .createIndex('consent_emptied')
    .on('consent')
    .columns(['emptied_at'])
    .where(EMPTIED)
    .execute()
}
