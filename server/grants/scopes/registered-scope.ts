import { IDENTITY_SCOPES } from './identity-scopes.ts'
import { fittingWords } from './scope-budget.ts'
import { parseScope, parseScopes, readOnlyScope, type SmartScope } from './scopes.ts'

const covers = (wide: SmartScope, narrow: SmartScope): boolean =>
  wide.context === narrow.context &&
  (wide.type === '*' || wide.type === narrow.type) &&
  [...narrow.actions].every((action) => wide.actions.includes(action)) &&
  limitsOf(wide).every((limit) => limitsOf(narrow).includes(limit))

/** Returns the parameters of a scope, each with its value. A resource must match all of them, so each further one narrows the scope. */
const limitsOf = ({ constraint }: SmartScope): readonly string[] => constraint?.query.split('&') ?? []

/**
 * Limits a `scope` to the registration: each word stays, becomes the narrower scopes that are registered, or goes. Compares only
 * the reading part of a resource scope, because nothing else is ever granted. Identity scopes stay.
 *
 * @param registeredScope client metadata `scope`; if it is absent, only the person limits access.
 */
export const limitToRegistration = (registeredScope: string | undefined, scope: string): string => {
  if (registeredScope === undefined || registeredScope === scope) return scope
  const registeredWords = new Set([...registeredScope.split(' '), ...IDENTITY_SCOPES])
  const words = scope.split(' ')
  if (words.every((word) => registeredWords.has(word))) return scope
  const registered = parseScopes(registeredScope).flatMap((each) => readOnlyScope(each) ?? [])
  const limitWord = (word: string): string[] => {
    if (registeredWords.has(word)) return [word]
    const requested = parseScope(word)
    if (!requested) return []
    const reading = readOnlyScope(requested) ?? requested
    if (registered.some((each) => covers(each, reading))) return [word]
    return registered.filter((each) => covers(reading, each)).map(({ text }) => text)
  }
  return fittingWords(words.flatMap(limitWord), scope).join(' ')
}
