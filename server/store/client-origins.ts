import type { Db } from './schema.ts'

/** Stands for all of Firefox's extensions, because each has another origin in each profile. */
export const FIREFOX_EXTENSIONS = 'moz-extension:'

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
  // A native application's own scheme has none.
  return url && url.origin !== 'null' ? [url.origin] : []
}
