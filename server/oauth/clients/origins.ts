import type { Store } from '../../store/store.ts'

const CHROME = /^chrome-extension:\/\/([a-p]{32})$/
const FIREFOX = /^moz-extension:\/\/[0-9a-f-]{36}$/
const WEB = /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/

/**
 * The text that a registered redirect address holds when this origin may call the token endpoint and the FHIR API.
 * A Firefox extension's origin is new in each profile, so any registered Firefox extension stands for it: CORS is no
 * access rule here, tokens are.
 */
const redirectText = (origin: string): string | undefined => {
  const chrome = CHROME.exec(origin)
  if (chrome) return `"https://${chrome[1]}.chromiumapp.org/`
  if (FIREFOX.test(origin)) return '.extensions.allizom.org/'
  return WEB.test(origin) ? `"${origin}/` : undefined
}

/** Whether some registered application lives at this origin (checklist S5). Found ones are remembered. */
export const registeredOrigins = (store: Store) => {
  const known = new Set<string>()
  return async (origin: string): Promise<boolean> => {
    if (known.has(origin)) return true
    const text = redirectText(origin)
    if (text === undefined) return false
    const row = await store.db
      .selectFrom('oauth_record')
      .select('id')
      .where('model', '=', 'Client')
      .where('payload', 'like', `%${text}%`)
      .executeTakeFirst()
    if (row) known.add(origin)
    return row !== undefined
  }
}
