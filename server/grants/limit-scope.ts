import { keepResults } from './keep-results.ts'
import { parseScopes, type SmartScope } from './scopes.ts'

/**
 * Returns the part of a token's `scope` that the consent still covers, because the person may have narrowed it since the token
 * was issued. Keeps the order of the token's words; of two scopes that overlap, keeps only what both allow.
 */
export const limitScope = (scope: string, consentScope: string): string =>
  scope === consentScope ? scope : findCovered(scope, consentScope)

const findCovered = keepResults((scope: string, consentScope: string): string => {
  const limits = new Set(consentScope.split(' '))
  const resources = new Map(parseScopes(scope).map((each) => [each.text, each]))
  const words = scope.split(' ').flatMap((word) => {
    if (limits.has(word)) return [word]
    const resource = resources.get(word)
    return resource ? parseScopes(consentScope).flatMap((limit) => overlap(resource, limit) ?? []) : []
  })
  return [...new Set(words)].join(' ')
})

const overlap = (a: SmartScope, b: SmartScope): string | undefined => {
  if (a.context !== b.context) return undefined
  if (a.type !== '*' && b.type !== '*' && a.type !== b.type) return undefined
  const type = a.type === '*' ? b.type : a.type
  const actions = [...a.actions].filter((action) => b.actions.includes(action)).join('')
  if (actions === '') return undefined
  const limits = new Set([a, b].flatMap(({ constraint }) => constraint?.query ?? []))
  // Joined parameters must all hold.
  const query = [...limits].join('&')
  const unchanged = [a, b].find(
    (scope) => scope.type === type && scope.actions === actions && (scope.constraint?.query ?? '') === query,
  )
  return unchanged?.text ?? `${a.context}/${type}.${actions}${query && `?${query}`}`
}
