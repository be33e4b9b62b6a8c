import type { Filter } from '../fhir/query.ts'
import type { Account } from './authorization.ts'
import type { Offer, OfferContext } from './offers.ts'
import type { SmartScope } from './scopes.ts'

/** Categories of observations as people call them. */
const CATEGORIES: Readonly<Record<string, string>> = {
  laboratory: 'Laboratory results',
  'vital-signs': 'Vital signs',
  'social-history': 'Social history',
  imaging: 'Imaging results',
  procedure: 'Results of procedures',
  survey: 'Questionnaires',
  exam: 'Findings of examinations',
  therapy: 'Therapy',
  activity: 'Activity',
}

/** The checkbox of a scope that is limited by search parameters: `patient/Observation.rs?category=laboratory`. */
export const limitedOffer = (
  { context, type, constraint }: SmartScope,
  account: Account,
  { patientName }: OfferContext,
): Offer => {
  const filters = constraint?.filters ?? []
  const codes = filters.length === 1 ? codesOf(filters[0]) : []
  const named = codes.map((code) => CATEGORIES[code])
  const isCategory = filters[0]?.kind === 'token' && filters[0].param === 'category'
  const whose =
    account.role !== 'clinician' ? '' : context === 'user' ? ', of all patients' : `, of ${patientName}`
  const plain = isCategory && named.length > 0 && named.every((name) => name !== undefined)
  return {
    name: `${context}/${type}?${constraint?.query}`,
    label: plain ? named.join(', ') : `Some of: ${words(type)}`,
    hint: `only these${whose}${plain ? '' : `: ${filters.map(shown).join(', ')}`}`,
  }
}

const codesOf = (filter: Filter | undefined): string[] =>
  filter?.kind === 'token' ? filter.any.map(({ code, system }) => code ?? system ?? '') : []

const shown = (filter: Filter): string => {
  if (filter.kind === 'id') return `number ${filter.ids.join(' or ')}`
  if (filter.kind === 'date') return filter.param
  const values =
    filter.kind === 'token'
      ? codesOf(filter)
      : filter.kind === 'string'
        ? filter.any.map(({ text }) => text)
        : filter.any.map(({ id }) => id)
  return `${filter.param} ${values.join(' or ')}`
}

/** `AllergyIntolerance` as `allergy intolerance`. */
const words = (type: string): string =>
  type.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase()
