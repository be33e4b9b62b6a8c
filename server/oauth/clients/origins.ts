import type { Store } from '../../store/store.ts'

const CHROME = /^chrome-extension:\/\/([a-p]{32})$/
const FIREFOX = /^moz-extension:\/\/[0-9a-f-]{36}$/
const WEB = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/

/** The redirect addresses of who may call from an origin. */
interface Redirects {
  /** What each of them holds as text: the database looks no closer. */
  readonly text: string
  readonly include: (address: URL) => boolean
}

const at = (origin: string): Redirects => ({
  text: `"${origin}`,
  include: (address) => address.origin === origin,
})

/**
 * A Firefox extension's origin is new in each profile, so any registered Firefox extension stands for it: CORS is no
 * access rule here, tokens are.
 */
const redirectsFor = (origin: string): Redirects | undefined => {
  const chrome = CHROME.exec(origin)
  if (chrome) return at(`https://${chrome[1]}.chromiumapp.org`)
  const firefox = '.extensions.allizom.org'
  if (FIREFOX.test(origin)) return { text: firefox, include: ({ hostname }) => hostname.endsWith(firefox) }
  return WEB.test(origin) ? at(origin) : undefined
}

/** Whether some registered application lives at this origin (checklist S5). Found ones are remembered. */
export const registeredOrigins = (store: Store) => {
  const known = new Set<string>()
  return async (origin: string): Promise<boolean> => {
    const redirects = redirectsFor(origin)
    if (redirects === undefined) return false
    if (known.has(redirects.text)) return true
    const rows = await store.db
      .selectFrom('oauth_record')
      .select('payload')
      .where('model', '=', 'Client')
      .where('payload', 'like', `%${redirects.text}%`)
      .execute()
    const found = rows.some(({ payload }) => {
      const { redirect_uris = [] } = JSON.parse(payload) as { redirect_uris?: string[] }
      return redirect_uris.some((uri) => {
        const address = URL.parse(uri)
        return address !== null && redirects.include(address)
      })
    })
    // Not the origin: of those of Firefox there is no end.
    if (found) known.add(redirects.text)
    return found
  }
}
