import type { VNode } from 'preact'
import type { Claim, ClaimedCode, ClaimedDate } from '../../query/claim.ts'
import { html } from '../frame/layout.ts'
import { calendarDate, type Locale, listFormat, wordFor } from '../frame/locale.ts'
import type { Words } from '../words/en.ts'

/** An access that an application requested and this person can give: a checkbox on the consent page. */
export interface Offer {
  /** The checkbox's name in the form, unique on its page. */
  readonly name: string
  /** The key for `words`. */
  readonly kind: keyof Words['offers'] | keyof Words['kinds'] | 'patient' | 'limited'
  /** The types of an offer of one kind of information, or of patients' records; every type, if a clinician's offer has none. */
  readonly types?: readonly (keyof Words['hints'])[]
  /** Limits the offer to resources of which all of this holds. */
  readonly limit?: { readonly type: string; readonly claims: readonly Claim[] }
  /** The name of an offer that includes this one, so that it can only be chosen instead. */
  readonly partOf?: string
  /** Whose it is: the person's own record, that of one patient, those of all, or all that the organization has. */
  readonly of: 'own' | { readonly patient: string | undefined } | 'all-patients' | 'organization'
}

/** What an application learns of who allows it something, and whom that concerns. */
export type Learned = keyof Words['learned']['facts']

export interface OfferWords {
  readonly label: string
  readonly hint: string
}

/** Describes an offer in the language of the page. */
export const offerWords = (locale: Locale, offer: Offer): OfferWords => {
  const { words } = locale
  if (offer.kind === 'limited') return limitedWords(locale, offer)
  if (isKind(words, offer.kind)) return kindWords(words, offer.kind, offer.types)
  const { label, hint } =
    offer.kind === 'patient'
      ? { label: words.recordOf(patientOf(offer)), hint: words.ofThisPatient }
      : words.offers[offer.kind]
  if (!offer.types) return { label, hint }
  const types = offer.types.map((type) => (type === 'Patient' ? words.whoThePatientIs : words.types[type]))
  return { label: words.limited.someOf(label), hint: `${words.limited.only}: ${types.join(', ')}` }
}

/** Says what an application learns whatever is ticked; `undefined` if that is nothing. */
export const learnedWords = (
  { format, words: { learned: words } }: Locale,
  learned: readonly Learned[],
): string | undefined => {
  const facts = learned.map((fact) => words.facts[fact])
  return facts.length > 0 ? words.sentence(listFormat(format).format(facts)) : undefined
}

const isKind = (words: Words, kind: string): kind is keyof Words['kinds'] => Object.hasOwn(words.kinds, kind)

/** Describes what can be read of one kind of information: by its types, so that nothing is granted that is not said. */
const kindWords = (
  { kinds, hints }: Words,
  kind: keyof Words['kinds'],
  types: Offer['types'] = [],
): OfferWords => ({ label: kinds[kind], hint: [...new Set(types.map((type) => hints[type]))].join(', ') })

/**
 * Describes a limited scope. Its words are made from claims alone, which hold nothing but codes that we know and dates: no text of the
 * application stands in them. Two limits that reach different resources have different words.
 */
const limitedWords = (locale: Locale, offer: Offer): OfferWords => {
  const { words } = locale
  const { someOf, only, categories } = words.limited
  const { type = '', claims = [] } = offer.limit ?? {}
  const [claim] = claims
  const isCategory = claims.length === 1 && claim?.about === 'category'
  const categoryNames = isCategory ? claim.any.map(({ code }) => wordFor(categories, code)) : []
  const isNamed = categoryNames.length > 0 && categoryNames.every((name) => name !== undefined)
  const allClaims = claims.map((each) => claimWords(locale, type, each)).join(`; ${words.limited.and} `)
  const typeName = wordFor(words.types, type) ?? type
  const named = categoryNames.join(', ')
  return {
    // Categories are those of observations, unless the label says otherwise.
    label: !isNamed ? someOf(typeName) : type === 'Observation' ? named : `${named} (${typeName})`,
    hint: `${[only, ...whoseWords(words, offer)].join(', ')}: ${allClaims}`,
  }
}

/** Says whose it is, unless it is the person's own. */
const whoseWords = ({ limited }: Words, { of }: Offer): string[] =>
  of === 'own' ? [] : [typeof of === 'string' ? limited.whose[of] : limited.whose.patient(of.patient)]

const patientOf = ({ of }: Offer): string | undefined => (typeof of === 'object' ? of.patient : undefined)

const claimWords = (locale: Locale, type: string, claim: Claim): string => {
  const { names, or } = locale.words.limited
  // Records have the days of where they were written. The log has UTC, and its readers see it in their own time.
  const zone = type === 'AuditEvent' ? ' (UTC)' : ''
  const alternatives = isAboutDates(claim)
    ? claim.any.map((date) => dateWords(locale, date, zone))
    : claim.any.map((code) => codeWords(locale, code, claim.about === 'status'))
  return `${names[claim.about]} ${alternatives.join(` ${or} `)}`
}

const isAboutDates = (claim: Claim): claim is Extract<Claim, { any: readonly ClaimedDate[] }> =>
  claim.any.every((each) => 'bound' in each)

/**
 * Quotes a code, so that it is never read as a word, and says which list it is of.
 *
 * @param hasOneList whether there is only one list.
 */
const codeWords = ({ words }: Locale, { system, list, code }: ClaimedCode, hasOneList: boolean): string => {
  const { quoted, ofAnyList, codes } = words.limited
  if (hasOneList) return quoted(code)
  if (system === undefined) return ofAnyList(quoted(code))
  const named = `${list} ${quoted(code)}`
  const display = wordFor(codes, `${system}|${code}`)
  return display === undefined ? named : `${display} (${named})`
}

const dateWords = (locale: Locale, { bound, unit, start }: ClaimedDate, zone: string): string =>
  locale.words.limited.bounds[bound](`${calendarDate(locale, unit, start)}${zone}`)

/** An offer as a page shows it. */
export interface OfferView extends OfferWords, Pick<Offer, 'name' | 'partOf'> {
  /** The number of entries that it reaches, in words. */
  readonly count?: string
  /** Whether it is ticked at first. */
  readonly chosen: boolean
}

/**
 * A checkbox for each offer. The stylesheet hides the parts of one that is ticked, because they are granted with it.
 *
 * @param whole the name of the offer whose parts to show; without it, those that are no part of another.
 */
export const offerChoices = (locale: Locale, offers: readonly OfferView[], whole?: string): VNode[] =>
  offers
    .filter(({ partOf }) => partOf === whole)
    .map((offer) => {
      const parts = offerChoices(locale, offers, offer.name)
      return html`
        <label>
          <input type="checkbox" name="allow" value=${offer.name} checked=${offer.chosen} />
          <span>${offer.label}</span>
          ${offer.count && html`<span class="quiet count">${offer.count}</span>`}
          <span class="quiet hint">${offer.hint}</span>
        </label>
        ${
          parts.length > 0 &&
          html`<fieldset class="parts">
            <legend class="hint">${locale.words.insteadOfAll}</legend>
            ${parts}
          </fieldset>`
        }
      `
    })
