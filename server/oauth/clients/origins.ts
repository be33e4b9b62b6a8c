import { compileOnce } from '../../store/compile-once.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'

const CHROME = /^chrome-extension:\/\/([a-p]{32})$/
const FIREFOX = /^moz-extension:\/\/[0-9a-f-]{36}$/
const WEB = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/

/** The redirect addresses that allow calls from an origin. */
interface Redirects {
  /** A text that each of them contains, to find candidates in the database. */
  readonly text: string
  readonly matches: (address: URL) => boolean
}

const redirectsAt = (origin: string): Redirects => ({
  text: `"${origin}`,
  matches: (address) => address.origin === origin,
})

/**
 * Returns the redirect addresses that match an origin. A Firefox extension has another origin in each profile, so any
 * registered Firefox extension allows it: tokens protect the data here, not CORS.
 */
const redirectsFor = (origin: string): Redirects | undefined => {
  const chrome = CHROME.exec(origin)
  if (chrome) return redirectsAt(`https://${chrome[1]}.chromiumapp.org`)
  const firefox = '.extensions.allizom.org'
  if (FIREFOX.test(origin)) return { text: firefox, matches: ({ hostname }) => hostname.endsWith(firefox) }
  return WEB.test(origin) ? redirectsAt(origin) : undefined
}

/** A disabled application has no pages. */
const enabledClients = (db: Db) =>
  db
    .selectFrom('oauth_record')
    .select(['id', 'payload'])
    .where('model', '=', 'Client')
    .where('disabled_at', 'is', null)

const findEnabled = compileOnce((db, { id }: { id: string }) => enabledClients(db).where('id', '=', id))

const isAt = ({ matches }: Redirects, payload: string): boolean => {
  const { redirect_uris = [] } = JSON.parse(payload) as { redirect_uris?: string[] }
  return redirect_uris.some((uri) => {
    const address = URL.parse(uri)
    return address !== null && matches(address)
  })
}

/**
 * Returns a function that checks whether a registered application that is not disabled has an origin (checklist S5). It remembers only which
 * application that was, and reads its registration each time.
 */
export const createOriginCheck = (store: Store) => {
  // By the text instead of the origin, because Firefox has any number of origins.
  const clientIds = new Map<string, string>()
  return async (origin: string): Promise<boolean> => {
    const redirects = redirectsFor(origin)
    if (redirects === undefined) return false
    const { text } = redirects
    const known = clientIds.get(text)
    if (known !== undefined) {
      const [client] = await findEnabled(store.db, { id: known })
      if (client && isAt(redirects, client.payload)) return true
      clientIds.delete(text)
    }
    const rows = await enabledClients(store.db).where('payload', 'like', `%${text}%`).execute()
    const client = rows.find(({ payload }) => isAt(redirects, payload))
    if (client) clientIds.set(text, client.id)
    return client !== undefined
  }
}
