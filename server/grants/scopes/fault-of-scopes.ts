import { SEARCH_PARAMETERS } from '../../query/parameters.ts'
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

/** Names only types and parameters that this server knows, because the sentence may stand on a page of the organization. */
const faultOfLimit = (word: string): string => {
  const at = word.indexOf('?')
  const [scope, query] = [word.slice(0, at), word.slice(at + 1)]
  const [whole, type = ''] = /^(?:patient|user|system)\/([A-Za-z]+)\.[a-z]+$/.exec(scope) ?? []
  const parameters = Object.hasOwn(SEARCH_PARAMETERS, type) ? SEARCH_PARAMETERS[type] : undefined
  const unsaid = [...new URLSearchParams(query)].find(([name, value]) => !isKnownLimit(scope, name, value))
  const [name = ''] = unsaid?.[0].split(':') ?? []
  const by = parameters && Object.hasOwn(parameters, name) ? `by ${name} ` : ''
  const of = parameters ? `of ${whole} ` : ''
  return (
    `has a limit ${by}${of}that this server cannot show to a person; a scope is limited by known codes (category, code, status)` +
    ' and by days, months or years with the prefixes ge, gt, le, lt'
  )
}

const isKnownLimit = (scope: string, name: string, value: string): boolean =>
  parseScope(`${scope}?${new URLSearchParams([[name, value]])}`) !== undefined
