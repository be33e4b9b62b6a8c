import { parseScope, parseScopes, readOnlyScope, type SmartScope } from '../../grants/scopes.ts'

const covers = (wide: SmartScope, narrow: SmartScope): boolean =>
  wide.context === narrow.context &&
  (wide.type === '*' || wide.type === narrow.type) &&
  [...narrow.actions].every((action) => wide.actions.includes(action)) &&
  limitsOf(wide).every((limit) => limitsOf(narrow).includes(limit))

/** Returns the parameters of a scope, each with its value. A resource must match all of them, so each further one narrows the scope. */
const limitsOf = ({ constraint }: SmartScope): readonly string[] => constraint?.query.split('&') ?? []

/**
 * Limits one requested word of a `scope` to the registration: returns the word itself, or the narrower scopes that are
 * registered. Compares only the reading part of a resource scope, because nothing else is ever granted.
 *
 * @param registeredScope client metadata `scope`; if it is absent, only the person limits access.
 */
export const limitToRegistration = (registeredScope: string | undefined, word: string): string[] => {
  if (registeredScope === undefined || registeredScope.split(' ').includes(word)) return [word]
  const requestedScope = parseScope(word)
  if (!requestedScope) return []
  const reading = readOnlyScope(requestedScope) ?? requestedScope
  const scopes = parseScopes(registeredScope).flatMap((scope) => readOnlyScope(scope) ?? [])
  if (scopes.some((scope) => covers(scope, reading))) return [word]
  return scopes.filter((scope) => covers(reading, scope)).map(({ text }) => text)
}
