import type { AdapterPayload } from 'oidc-provider'
import { limitScope } from './scopes/limit-scope.ts'
import { isBoundAsRegistered, type Registration, registeredConsent } from './scopes/registered-scope.ts'

/** The current consent of a grant that holds, which the person may have narrowed or shortened. */
interface CurrentConsent {
  readonly scope: string
  readonly expires_at: number
}

/** The engine's models whose records belong to a grant. */
export const GRANT_MODELS = ['Grant', 'AccessToken', 'RefreshToken', 'AuthorizationCode']

/**
 * Limits an engine's record of a grant to the current consent and the application's current registration. The engine never sees
 * more, so neither a code, a refresh nor introspection returns access that the person or an administrator removed.
 *
 * @returns undefined when the consent has ended, or the registration allows nothing of the record.
 */
export const limitToConsent = (
  payload: AdapterPayload,
  { scope: consented, expires_at }: CurrentConsent,
  registration: Registration,
  now: number,
): AdapterPayload | undefined => {
  const scope = registeredConsent(registration, consented)
  if (expires_at <= now || scope === undefined) return undefined
  if (payload.kind === 'AccessToken' && !isBoundAsRegistered(registration, payload)) return undefined
  const end = Math.floor(expires_at / 1000)
  const exp = Math.min(payload.exp ?? end, end)
  const limitText = (text: unknown) => limitScope(typeof text === 'string' ? text : '', scope)
  if (payload.kind !== 'Grant') return { ...payload, exp, scope: limitText(payload.scope) }
  const { openid, resources = {} } = payload as {
    openid?: { scope?: string }
    resources?: Record<string, string>
  }
  return {
    ...payload,
    exp,
    openid: { ...openid, scope: limitText(openid?.scope) },
    resources: Object.fromEntries(Object.entries(resources).map(([name, text]) => [name, limitText(text)])),
  } as AdapterPayload
}
