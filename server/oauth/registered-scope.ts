import { parseScope, readingScope, type SmartScope } from './scopes.ts'

const covers = (registered: SmartScope, asked: SmartScope): boolean =>
  registered.context === asked.context &&
  (registered.type === '*' || registered.type === asked.type) &&
  [...asked.actions].every((action) => registered.actions.includes(action)) &&
  (registered.constraint === undefined || registered.constraint.query === asked.constraint?.query)

/**
 * Whether an application may ask for this word of a `scope` at all: one that was registered with a `scope` asks for
 * nothing beyond it. Of a resource scope only reading counts, as nothing else is ever given.
 */
export const mayAsk = (registered: string | undefined, word: string): boolean => {
  if (registered === undefined) return true
  const words = registered.split(' ')
  if (words.includes(word)) return true
  const asked = parseScope(word)
  if (!asked) return false
  const reading = readingScope(asked) ?? asked
  return words.some((text) => {
    const scope = parseScope(text)
    return scope !== undefined && covers(scope, reading)
  })
}
