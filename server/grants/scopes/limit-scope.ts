import type { AdapterPayload } from 'oidc-provider'
import { isBoundAsRegistered, limitsOf, type Registration, registeredConsent } from './registered-scope.ts'
import { fittingWords } from './scope-budget.ts'
import { keepResults, parseScopes, type SmartScope } from './scopes.ts'

/**
 * Returns the part of a token's `scope` that the consent still covers, because the person may have narrowed it since the token
 * was issued. First the words that both have, in the token's order; then, of two scopes that overlap, what both allow.
 */
export const limitScope = (scope: string, consentScope: string): string =>
  scope === consentScope ? scope : findCovered(scope, consentScope)

const findCovered = keepResults((scope: string, consentScope: string): string => {
  const requested = new Set(scope.split(' '))
  const consented = new Set(consentScope.split(' '))
  const common = [...requested].filter((word) => consented.has(word))
  // What a scope that both have allows is allowed already; joined with another one, it would only be a part of it.
  const limits = parseScopes(consentScope).filter(({ text }) => !requested.has(text))
  const overlaps = parseScopes(scope)
    .filter(({ text }) => !consented.has(text))
    .flatMap((resource) => limits.flatMap((limit) => overlap(resource, limit) ?? []))
  return fittingWords([...common, ...overlaps], scope, consentScope).join(' ')
})

const overlap = (a: SmartScope, b: SmartScope): string | undefined => {
  if (a.context !== b.context) return undefined
  if (a.type !== '*' && b.type !== '*' && a.type !== b.type) return undefined
  const type = a.type === '*' ? b.type : a.type
  const actions = [...a.actions].filter((action) => b.actions.includes(action)).join('')
  if (actions === '') return undefined
  // Joined parameters must all hold; one that both have stays as the first has it. A scope that holds one twice would open nothing.
  const query = [...new Map([...limitsOf(a), ...limitsOf(b), ...limitsOf(a)]).values()].join('&')
  const unchanged = [a, b].find(
    (scope) => scope.type === type && scope.actions === actions && (scope.constraint?.query ?? '') === query,
  )
  return unchanged?.text ?? `${a.context}/${type}.${actions}${query && `?${query}`}`
}

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
