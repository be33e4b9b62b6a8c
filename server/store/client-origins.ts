import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Database, Db } from './schema.ts'

/** Stands for all of Firefox's extensions, because each has another origin in each profile. */
export const FIREFOX_EXTENSIONS = 'moz-extension:'

/** Characters of a host's name (RFC 1035 section 2.3.4, without the lengths that its form in a message has). */
export const LONGEST_HOST = 253

/**
 * Creates `ClientOriginTable`, and fills it from the applications that are registered.
 *
 * @param clustered as in `Dialect`.
 */
export const createClientOrigins = async (
  db: Kysely<unknown>,
  clustered: RawBuilder<unknown>,
): Promise<void> => {
  await db.schema
    .createTable('client_origin')
    .addColumn('origin', 'text', (c) => c.notNull())
    .addColumn('client_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('client_origin_primary', ['origin', 'client_id'])
    .modifyEnd(clustered)
    .execute()
  await db.schema.createIndex('client_origin_client_id').on('client_origin').column('client_id').execute()
  const { rows } = await sql<{
    id: string
    payload: string
  }>`select id, payload from oauth_record where model = 'Client'`.execute(db)
  for (const client of rows) await putClientOrigins(db as Kysely<Database>, client)
}

/** Stores which pages belong to an application, in the transaction that stores its registration. */
export const putClientOrigins = async (
  trx: Db,
  { id, payload }: { readonly id: string; readonly payload: string },
): Promise<void> => {
  await trx.deleteFrom('client_origin').where('client_id', '=', id).execute()
  const { redirect_uris = [] } = JSON.parse(payload) as { readonly redirect_uris?: readonly string[] }
  const origins = new Set(redirect_uris.flatMap(originsOf))
  if (origins.size === 0) return
  await trx
    .insertInto('client_origin')
    .values([...origins].map((origin) => ({ origin, client_id: id })))
    .execute()
}

const originsOf = (address: string): string[] => {
  const url = URL.parse(address)
  if (url?.hostname.endsWith('.extensions.allizom.org')) return [FIREFOX_EXTENSIONS]
  // No browser opens one, and PostgreSQL has no index for texts of 2,700 bytes.
  if (url && url.hostname.length > LONGEST_HOST) return []
  // A native application's own scheme has none.
  return url && url.origin !== 'null' ? [url.origin] : []
}
