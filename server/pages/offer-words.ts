import type { Filter } from '../query/query.ts'
import { type Locale, wordFor } from './locale.ts'
import type { Words } from './words/en.ts'

/** An access that an application requested and this person can give: a checkbox on the consent page. */
export interface Offer {
  /** The checkbox's name in the form, unique on its page. */
  readonly name: string
  /** The key for `words`. */
  readonly kind: keyof Words['offers'] | 'patient' | 'limited'
  /** Limits the offer to resources that these parameters find. */
  readonly limit?: { readonly type: string; readonly filters: readonly Filter[] }
  /** The patients concerned, unless it is the person's own record. */
  readonly of?: { readonly patient: string | undefined } | 'all-patients'
}

export interface OfferWords {
  readonly label: string
  readonly hint: string
}

/** Describes an offer in the language of the page. */
export const offerWords = (locale: Locale, offer: Offer): OfferWords => {
  const { words } = locale
  if (offer.kind === 'limited') return limitedWords(locale, offer)
  if (offer.kind !== 'patient') return words.offers[offer.kind]
  return { label: words.recordOf(patientOf(offer)), hint: words.ofThisPatient }
}

/** Describes a limited scope: by category names if the limit is categories, else by its parameters. */
const limitedWords = ({ words }: Locale, offer: Offer): OfferWords => {
  const { someOf, only, ofAllPatients, of, or, categories } = words.limited
  const { type = '', filters = [] } = offer.limit ?? {}
  const [filter] = filters
  const isCategory = filters.length === 1 && filter?.kind === 'token' && filter.param === 'category'
  const categoryNames = isCategory ? valuesOf(filter).map((code) => wordFor(categories, code)) : []
  const plain = categoryNames.length > 0 && categoryNames.every((name) => name !== undefined)
  const patient = patientOf(offer)
  const whose = offer.of === 'all-patients' ? `, ${ofAllPatients}` : patient ? `, ${of(patient)}` : ''
  return {
    label: plain ? categoryNames.join(', ') : someOf(wordFor(words.types, type) ?? type),
    hint: `${only}${whose}${plain ? '' : `: ${filters.map((each) => parameter(each, or)).join(', ')}`}`,
  }
}

const patientOf = ({ of }: Offer): string | undefined => (typeof of === 'object' ? of.patient : undefined)

const parameter = (filter: Filter, or: string): string => {
  const name = filter.kind === 'id' ? 'id' : filter.param
  return `${name} ${valuesOf(filter).join(` ${or} `)}`.trim()
}

const valuesOf = (filter: Filter): string[] => {
  switch (filter.kind) {
    case 'id':
      return [...filter.ids]
    case 'token':
      return filter.any.map(({ code, system }) => code ?? system ?? '')
    case 'string':
      return filter.any.map(({ text }) => text)
    case 'reference':
      return filter.any.map(({ id }) => id)
    case 'quantity':
      return filter.any.map(({ prefix, value, unit }) =>
        `${SIGNS[prefix] ?? ''}${value} ${unit ?? ''}`.trim(),
      )
    case 'missing':
      return [String(!filter.missing)]
    case 'updated':
    case 'date':
      return filter.any.map(
        ({ prefix, low }) => `${SIGNS[prefix] ?? ''}${new Date(low).toISOString().slice(0, 10)}`,
      )
  }
}

const SIGNS: Readonly<Record<string, string>> = { gt: '> ', ge: '≥ ', lt: '< ', le: '≤ ', sa: '> ', eb: '< ' }
