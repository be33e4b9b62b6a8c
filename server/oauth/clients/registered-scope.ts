import { parseScope, parseScopes, readingScope, type SmartScope } from '../../grants/scopes.ts'

const covers = (wide: SmartScope, narrow: SmartScope): boolean =>
  wide.context === narrow.context &&
  (wide.type === '*' || wide.type === narrow.type) &&
  [...narrow.actions].every((action) => wide.actions.includes(action)) &&
  (wide.constraint === undefined || wide.constraint.query === narrow.constraint?.query)

/**
 * Limits one requested word of a `scope` to the registration: returns the word itself, or the narrower scopes that are
 * registered. Of a resource scope only reading counts, because nothing else is ever granted.
 *
 * @param registered client metadata `scope`; if it is absent, only the person limits access.
 */
export const withinRegistration = (registered: string | undefined, word: string): string[] => {
  if (registered === undefined || registered.split(' ').includes(word)) return [word]
  const asked = parseScope(word)
  if (!asked) return []
  const reading = readingScope(asked) ?? asked
  const scopes = parseScopes(registered).flatMap((scope) => readingScope(scope) ?? [])
  if (scopes.some((scope) => covers(scope, reading))) return [word]
  return scopes.filter((scope) => covers(reading, scope)).map(({ text }) => text)
}
