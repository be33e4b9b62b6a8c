import { recordTypes, resourceTypeOf, resourceTypes } from '../../messages/record-lists.ts'
import type { Connection, GrantedPart } from '../../messages/state.ts'
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
  const readable = grantedParts.filter((part) => scopes.some((text) => givesAny(text, part, hasPatient)))
  return {
    readVitals: readable.includes('vitals'),
    readLists: recordTypes.filter((type) => readable.includes(type)),
    limited: readable.filter((part) => !givesAll(scopes, part, hasPatient)),
    ...readsRest(scopes.filter((text) => hasPatient || parseSearchScope(text)?.context === 'user')),
    searchPatients: readable.includes('Patient'),
    readAccessLog: readable.includes('AuditEvent'),
    registerApplications: scopes.includes(registrationScope),
  }
}

const grantedParts: readonly GrantedPart[] = ['vitals', ...recordTypes, 'Patient', 'AuditEvent']

const typeOfPart = (part: GrantedPart): string => {
  if (part === 'vitals') return 'Observation'
  return part === 'Patient' || part === 'AuditEvent' ? part : resourceTypeOf(part)
}

const readsRest = (scopes: readonly string[]): Pick<Connection['can'], 'readRest'> => {
  const isPart = scopes.some((text) => isOfRest(text) || parseSearchScope(text)?.type === '*')
  return isPart ? { readRest: readsEverything(scopes.join(' ')) ? 'all' : 'part' } : {}
}

/** The categories that a part consists of; `LAB` is of HL7's table 0074, for DiagnosticReports, and some write it on Observations. */
const partCategories: Partial<Record<GrantedPart, readonly string[]>> = {
  vitals: ['vital-signs'],
  Observation: ['laboratory', 'LAB'],
  SocialHistory: ['social-history'],
}

/**
 * Checks whether a scope gives a part, or some of it: a `category` in its limit excludes the others. The effect of other parameters
 * shows only in the answer.
 */
const givesAny = (text: string, part: GrantedPart, hasPatient: boolean): boolean => {
  const limits = limitsOf(text).flatMap(([name, tokens]) => (name === 'category' ? [tokens] : []))
  const categories = partCategories[part]
  return (
    grants(text, typeOfPart(part), hasPatient) &&
    (!categories ||
      categories.some((category) =>
        limits.every((tokens) => tokens.some((token) => token.split('|').at(-1) === category)),
      ))
  )
}

const vitalSigns = ['vital-signs', 'http://terminology.hl7.org/CodeSystem/observation-category|vital-signs']

/**
 * Checks whether scopes give all of a part. In doubt they do not: nobody but the organization knows what a limit leaves. Of categories, FHIR
 * requires only that of vital signs; of any other part, a limit to categories leaves out what has none.
 */
const givesAll = (scopes: readonly string[], part: GrantedPart, hasPatient: boolean): boolean => {
  const isVitals = ([name, tokens]: [string, string[]]) =>
    name === 'category' && tokens.some((token) => vitalSigns.includes(token))
  return scopes.some(
    (text) =>
      grants(text, typeOfPart(part), hasPatient) &&
      (!text.includes('?') || (part === 'vitals' && limitsOf(text).every(isVitals))),
  )
}

const limitsOf = (text: string): [name: string, tokens: string[]][] =>
  [...new URLSearchParams(/\?.*/.exec(text)?.[0])].map(([name, value]) => [name, value.split(',')])

/** Returns what a scope allowed at first, or all of it, and no longer does; undefined if that is nothing. */
export const stoppedSince = (firstScope: string, scope: string, hasPatient = true): Connection['stopped'] => {
  const before = abilities(firstScope, hasPatient)
  const now = abilities(scope, hasPatient)
  const firstScopes = usefulScopes(firstScope)
  const difference = {
    readVitals: before.readVitals && !now.readVitals,
    readLists: before.readLists.filter((type) => !now.readLists.includes(type)),
    readAccessLog: before.readAccessLog && !now.readAccessLog,
    limited: now.limited.filter((part) => givesAll(firstScopes, part, hasPatient)),
  }
  return Object.values(difference).some((each) => (Array.isArray(each) ? each.length > 0 : each))
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
