import { sql } from 'kysely'
import type { Db } from '../../store/schema.ts'
import { compileOnce } from '../../store/statements/compile-once.ts'
import type { Store } from '../../store/store.ts'
import { parseRegistered } from './registered-addresses.ts'

/** Stands for all of Firefox's extensions, because each has another origin in each profile. */
const FIREFOX_EXTENSIONS = 'moz-extension:'

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
  const url = parseRegistered(address)
  if (url?.hostname.endsWith('.extensions.allizom.org')) return [FIREFOX_EXTENSIONS]
  // A native application's own scheme has none.
  return url && url.origin !== 'null' ? [url.origin] : []
}

const CHROME = /^chrome-extension:\/\/([a-p]{32})$/
const FIREFOX = /^moz-extension:\/\/[0-9a-f-]{36}$/
const WEB = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/

/**
 * Returns the origin of the redirect addresses that an application with this origin has. A Firefox extension has another origin in each
 * profile, so any registered Firefox extension allows it: tokens protect the data here, not CORS.
 */
const originOfRedirects = (origin: string): string | undefined => {
  const chrome = CHROME.exec(origin)
  if (chrome) return `https://${chrome[1]}.chromiumapp.org`
  if (FIREFOX.test(origin)) return FIREFOX_EXTENSIONS
  return WEB.test(origin) ? origin : undefined
}

/**
 * Selects an application with an origin. A disabled one has no pages. The subquery keeps both databases to this order: of a join, each
 * would begin with all applications while it does not know how large the tables are.
 */
export const clientAt = (db: Db, origin: string) =>
  db
    .selectFrom('client_origin')
    .select('client_id')
    .where('origin', '=', origin)
    .where(
      ({ selectFrom }) =>
        selectFrom('oauth_record as client')
          .select(({ fn }) => fn.coalesce('client.disabled_at', sql.lit(0)).as('disabled'))
          .where('client.model', '=', 'Client')
          .whereRef('client.id', '=', 'client_origin.client_id'),
      '=',
      0,
    )
    .limit(1)

const findClientAt = compileOnce((db, { origin }: { origin: string }) => clientAt(db, origin))

/**
 * Returns a function that checks whether a registered application that is not disabled has an origin (checklist S5). It remembers
 * nothing: one look-up costs the same for a stranger's origin, however many applications there are.
 */
export const createOriginCheck =
  ({ db }: Pick<Store, 'db'>) =>
  async (origin: string): Promise<boolean> => {
    const redirects = originOfRedirects(origin)
    return redirects !== undefined && (await findClientAt(db, { origin: redirects })).length > 0
  }
