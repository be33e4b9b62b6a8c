import { parseScope, type SmartScope } from './scopes.ts'

/**
 * Returns the part of a token's `scope` that the consent still covers, because the person may have narrowed it since the token
 * was issued. Keeps the order of the token's words; of two scopes that overlap, keeps only what both allow.
 */
export const limitScope = (scope: string, consentScope: string): string => {
  if (scope === consentScope) return scope
  const limits = consentScope.split(' ')
  const words = scope.split(' ').flatMap((word) => {
    if (limits.includes(word)) return [word]
    const resource = parseScope(word)
    return resource ? limits.flatMap((limit) => overlap(resource, parseScope(limit)) ?? []) : []
  })
  return [...new Set(words)].join(' ')
}

const overlap = (a: SmartScope, b: SmartScope | undefined): string | undefined => {
  if (!b || a.context !== b.context) return undefined
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
