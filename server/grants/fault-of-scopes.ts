import { keepResults } from './keep-results.ts'
import { excessOf } from './scope-budget.ts'
import { parseScope, parseScopes } from './scopes.ts'

/**
 * Returns why a requested or registered list of scopes is refused, as the end of a sentence that begins with "scope": it is beyond the
 * budget, or one of its limits has no words on the consent page. Scopes that this server does not know are no fault: they are left out.
 */
export const faultOfScopes = keepResults((list: string): string | undefined => {
  const excess = excessOf(list)
  if (excess !== undefined) return excess
  const known = new Set(parseScopes(list).map(({ text }) => text))
  const unsaid = list.split(' ').find((word) => word.includes('?') && !known.has(word))
  return unsaid === undefined ? undefined : faultOfLimit(unsaid)
})

/** Names only what has the form of a scope and of a search parameter, because the sentence is sent back to the application. */
const faultOfLimit = (word: string): string => {
  const [scope = '', query = ''] = split(word)
  const parameters = [...new URLSearchParams(query)]
  const name = parameters.find(([name, value]) => !isKnownLimit(scope, name, value))?.[0] ?? ''
  const what = /^[\w:.-]{1,60}$/.test(name) ? `by ${name} ` : ''
  const where = /^[\w/.*]{1,100}$/.test(scope) ? ` of ${scope}` : ''
  return (
    `has a limit ${what}${where.trimStart()} that this server cannot show to a person;` +
    ' a scope is limited by known codes (category, code, status) and by days, months or years with the prefixes ge, gt, le, lt'
  ).replace(/ {2,}/g, ' ')
}

const split = (word: string): [string, string] => {
  const at = word.indexOf('?')
  return [word.slice(0, at), word.slice(at + 1)]
}

const isKnownLimit = (scope: string, name: string, value: string): boolean =>
  parseScope(`${scope}?${new URLSearchParams([[name, value]])}`) !== undefined
