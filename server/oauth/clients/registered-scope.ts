import { parseScope, parseScopes, readingScope, type SmartScope } from '../../grants/scopes.ts'

const covers = (wide: SmartScope, narrow: SmartScope): boolean =>
  wide.context === narrow.context &&
  (wide.type === '*' || wide.type === narrow.type) &&
  [...narrow.actions].every((action) => wide.actions.includes(action)) &&
  (wide.constraint === undefined || wide.constraint.query === narrow.constraint?.query)

/**
 * What of one asked word of a `scope` an application may have at all: the word itself, or, where the application was
 * registered with less, that. Of a resource scope only reading counts, as nothing else is ever given.
 *
 * @param registered client metadata `scope`; without it nothing is limited but by the person.
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
