import { type RecordType, recordTypes, resourceTypeOf, resourceTypes } from '../messages/record-lists.ts'
import type { Connection } from '../messages/state.ts'

/** Limits, because an organization may grant hundreds of scopes: characters read, scopes kept, characters of one scope. */
export const longestScopes = 20_000
const mostScopes = 100
const longestScope = 500

/** Returns a granted scope as it is stored: only what Carekey uses, within the limits above. */
export const readScope = (scope: string): string => usefulScopes(scope).join(' ')

const usefulScopes = (scope: string): string[] => {
  const texts = scope.slice(0, longestScopes).split(' ')
  // A scope that was cut in the middle could grant more than the whole one.
  if (scope.length > longestScopes) texts.pop()
  return texts.filter((text) => text.length <= longestScope && isUseful(text)).slice(0, mostScopes)
}

const isUseful = (text: string): boolean => {
  const [, , type = ''] = grammar.exec(text) ?? []
  return text === registrationScope || [...usedTypes, '*'].includes(type)
}

const usedTypes: readonly string[] = [...resourceTypes, 'Patient', 'AuditEvent']

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
    searchPatients: canSearch('Patient'),
    readAccessLog: canSearch('AuditEvent'),
    registerApplications: scopes.includes(registrationScope),
  }
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
  usefulScopes(scope).some((text) => !text.includes('?') && grammar.exec(text)?.[2] === '*')

/** Returns a scope without a type; a wildcard becomes the list of the other types that Carekey uses. */
export const withoutType = (scope: string, type: string): string =>
  usefulScopes(scope)
    .flatMap((text) => {
      if (!grants(text, type, true)) return [text]
      const isWildcard = grammar.exec(text)?.[2] === '*'
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

// Version 2 (`rs`, with an optional query) and version 1 (`read`, `*`) of the grammar. Requires `s`: every list is a search.
const grammar = /^(patient|user)\/(\*|[A-Za-z]+)\.(read|\*|c?r?u?d?s)(\?.*)?$/

const grants = (text: string, type: string, hasPatient: boolean): boolean => {
  const [, context, grantedType] = grammar.exec(text) ?? []
  return (grantedType === '*' || grantedType === type) && (context === 'user' || hasPatient)
}
