import { type RecordType, recordTypes, resourceTypeOf, resourceTypes } from '../../messages/record-lists.ts'
import type { Connection } from '../../messages/state.ts'
import { parseResourceScope, type ResourceScope, wordsOf } from '../provider/requested-scopes.ts'

/** Limits, because an organization may grant hundreds of scopes: scopes kept, characters of one scope. */
const mostScopes = 100
const longestScope = 500

/** Returns a granted scope as it is stored: what Carekey shows first, then what only an export contains, within the limits above. */
export const readScope = (scope: string): string => usefulScopes(scope).join(' ')

const usefulScopes = (scope: string): string[] => {
  const useful = wordsOf(scope).filter(
    (text) => text.length <= longestScope && (text === registrationScope || parseSearchScope(text)),
  )
  return [...useful.filter((text) => !isOfRest(text)), ...useful.filter(isOfRest)].slice(0, mostScopes)
}

const usedTypes: readonly string[] = [...resourceTypes, 'Patient', 'AuditEvent']

/** Checks for a scope of a type that no page shows. */
const isOfRest = (text: string): boolean => {
  const { type = '*' } = parseSearchScope(text) ?? {}
  return type !== '*' && !usedTypes.includes(type)
}

const registrationScope = 'client.register'

/** Returns what a connection can do with a granted scope. `patient/` scopes give nothing without a patient. */
export const abilities = (scope: string, hasPatient: boolean): Connection['can'] => {
  const scopes = usefulScopes(scope)
  const canSearch = (type: string, categories?: readonly string[]) =>
    scopes.some(
      (text) =>
        grants(text, type, hasPatient) &&
        (!categories || categories.some((category) => coversCategory(text, category))),
    )
  return {
    readVitals: canSearch('Observation', ['vital-signs']),
    readLists: recordTypes.filter((type) => canSearch(resourceTypeOf(type), listCategories[type])),
    ...readsRest(scopes.filter((text) => hasPatient || parseSearchScope(text)?.context === 'user')),
    searchPatients: canSearch('Patient'),
    readAccessLog: canSearch('AuditEvent'),
    registerApplications: scopes.includes(registrationScope),
  }
}

const readsRest = (scopes: readonly string[]): Pick<Connection['can'], 'readRest'> => {
  const isPart = scopes.some((text) => isOfRest(text) || parseSearchScope(text)?.type === '*')
  return isPart ? { readRest: readsEverything(scopes.join(' ')) ? 'all' : 'part' } : {}
}

/** The categories that a list requests; `LAB` is of HL7's table 0074, for DiagnosticReports, and some write it on Observations. */
const listCategories: Partial<Record<RecordType, readonly string[]>> = {
  Observation: ['laboratory', 'LAB'],
  SocialHistory: ['social-history'],
}

/**
 * Checks whether a scope covers a category: a `category` in its query excludes the others. The effect of other parameters shows
 * only in the answer.
 */
const coversCategory = (text: string, category: string): boolean => {
  const categories = new URLSearchParams(text.split('?')[1]).getAll('category')
  return categories.every((value) => value.split(',').some((token) => token.split('|').at(-1) === category))
}

/** Returns what a scope allowed at first and no longer does; undefined if that is nothing. */
export const stoppedSince = (firstScope: string, scope: string, hasPatient = true): Connection['stopped'] => {
  const before = abilities(firstScope, hasPatient)
  const now = abilities(scope, hasPatient)
  const difference = {
    readVitals: before.readVitals && !now.readVitals,
    readLists: before.readLists.filter((type) => !now.readLists.includes(type)),
    readAccessLog: before.readAccessLog && !now.readAccessLog,
  }
  return difference.readVitals || difference.readLists.length > 0 || difference.readAccessLog
    ? difference
    : undefined
}

/** Checks whether a scope lacks anything that an earlier one allowed; in doubt, it does. */
export const isNarrower = (before: string, scope: string): boolean =>
  usefulScopes(before).some((text) => !usefulScopes(scope).includes(text))

/** Checks whether a scope covers a type, all of it or some. */
export const covers = (scope: string, type: string): boolean =>
  usefulScopes(scope).some((text) => grants(text, type, true))

/** Checks whether a scope covers all resources of all types, as `$everything` answers them. */
export const readsEverything = (scope: string): boolean =>
  usefulScopes(scope).some((text) => !text.includes('?') && parseSearchScope(text)?.type === '*')

/** Returns a scope without a type; a wildcard becomes the list of the other types that Carekey uses. */
export const withoutType = (scope: string, type: string): string =>
  usefulScopes(scope)
    .flatMap((text) => {
      if (!grants(text, type, true)) return [text]
      const isWildcard = parseSearchScope(text)?.type === '*'
      const others = isWildcard ? usedTypes.filter((each) => each !== type) : []
      return others.map((each) => text.replace('/*.', `/${each}.`))
    })
    .join(' ')

/** Checks whether a scope covers Observations of any category, and those without one. */
export const coversEveryCategory = (scope: string): boolean =>
  usefulScopes(scope).some(
    (text) => grants(text, 'Observation', true) && !new URLSearchParams(text.split('?')[1]).has('category'),
  )

/** Checks whether all resources of a type may be read; a scope with a query covers only some of them. */
export const readsAll = (scope: string, type: string): boolean =>
  usefulScopes(scope).some((text) => !text.includes('?') && grants(text, type, true))

/** Every list is a search, so a scope without `s` is of no use. */
const parseSearchScope = (text: string): ResourceScope | undefined => {
  const parsed = parseResourceScope(text)
  return parsed && parsed.context !== 'system' && /^c?r?u?d?s$/.test(parsed.access) ? parsed : undefined
}

const grants = (text: string, type: string, hasPatient: boolean): boolean => {
  const granted = parseSearchScope(text)
  return (
    granted !== undefined &&
    (granted.type === '*' || granted.type === type) &&
    (granted.context === 'user' || hasPatient)
  )
}
