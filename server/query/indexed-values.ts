import { type ElementInterval, intervalOf } from './date-interval.ts'
import { isObject, type Json, stringsAt, valuesAt } from './json-path.ts'
import { SEARCH_PARAMETERS, type SearchParameter } from './parameters.ts'
import { type Amount, amountOf } from './quantity.ts'
import { type Reference, referenceOf } from './reference.ts'

/**
 * The most characters of an indexed value, because PostgreSQL's index holds about 2,700 bytes a row. A longer text is found by
 * its first characters; a longer code is not indexed, because nobody searches for one.
 */
export const LONGEST_VALUE = 300

/** Checks that texts can be indexed: short enough, and without NUL, which PostgreSQL cannot store in a text. */
const isSearchable = (...texts: string[]): boolean =>
  texts.every((text) => !text.includes('\0')) && texts.join('').length <= LONGEST_VALUE

/** The values by which search finds one resource, each under its parameter's name. */
export interface IndexedValues {
  readonly strings: IndexedText[]
  readonly tokens: { param: string; system: string; code: string }[]
  readonly dates: { param: string; interval: ElementInterval }[]
  readonly quantities: { param: string; amount: Amount }[]
  readonly references: { param: string; target: Reference }[]
}

export interface IndexedText {
  readonly param: string
  readonly text: string
  /** The folded text, and for a family or given name also the rest of it from each later word on. */
  readonly starts: readonly string[]
}

export const indexedValues = (type: string, resource: Json): IndexedValues => {
  const values = noValues()
  for (const [param, parameter] of Object.entries(SEARCH_PARAMETERS[type] ?? {}))
    addValues(values, param, parameter, resource)
  return values
}

/**
 * How much of one parameter is compared when a resource comes from elsewhere: characters of its texts, or other values. Folding that
 * many takes a few milliseconds, in which nobody else is answered. References are all returned, because they say whom a resource concerns.
 */
export const MOST_COMPARED = 20_000

/** The values of one parameter. */
export interface ComparedValues extends IndexedValues {
  /** There are more than are compared. */
  readonly isCut: boolean
}

/** Returns its values of one parameter: to compare a row with a search, the others are not needed. */
export const valuesOfParameter = (type: string, resource: Json, param: string): ComparedValues => {
  const values = noValues()
  const parameter = SEARCH_PARAMETERS[type]?.[param]
  const isCut = parameter !== undefined && !addValues(values, param, parameter, resource, MOST_COMPARED)
  return { ...values, isCut }
}

const noValues = (): IndexedValues => ({ strings: [], tokens: [], dates: [], quantities: [], references: [] })

/** Adds the values of one parameter. @returns false if there were more than `most`, of which some were added. */
const addValues = (
  values: IndexedValues,
  param: string,
  parameter: SearchParameter,
  resource: Json,
  most = Number.POSITIVE_INFINITY,
): boolean => {
  let size = 0
  for (const path of parameter.paths ?? [])
    for (const value of valuesAt(resource, path)) {
      if ((parameter.kind === 'date' || parameter.kind === 'quantity') && ++size > most) return false
      switch (parameter.kind) {
        case 'string':
          for (const { text, isNamePart } of textsOf(value, NAME_PART.test(path))) {
            size += Math.min(text.length, LONGEST_VALUE)
            if (size > most) return false
            for (const indexed of textOf(text, isNamePart)) values.strings.push({ param, ...indexed })
          }
          break
        case 'token':
          for (const token of tokensOf(value, parameter.system)) {
            if (++size > most) return false
            if (isSearchable(token.system, token.code)) values.tokens.push({ param, ...token })
          }
          break
        case 'date': {
          const interval = intervalOf(value)
          if (interval) values.dates.push({ param, interval })
          break
        }
        case 'quantity': {
          const amount = amountOf(value)
          if (amount && isSearchable(amount.system, amount.code, amount.unit))
            values.quantities.push({ param, amount })
          break
        }
        case 'reference': {
          const target = referenceOf(value)
          if (target && (parameter.targets === '*' || parameter.targets.includes(target.type)))
            values.references.push({ param, target })
        }
      }
    }
  return true
}

/** The parts of a HumanName and of an Address; `text` belongs to both. */
const NAME_PARTS = ['text', 'given', 'family', 'prefix', 'suffix']
const ADDRESS_PARTS = ['line', 'city', 'district', 'state', 'postalCode', 'country']

/** The path of a family or given name. */
const NAME_PART = /(^|\.)name\.(family|given)$/

type Text = Omit<IndexedText, 'param'>

/**
 * Returns the texts of a value: a string itself, or each part of a HumanName or an Address. Adds the full name, given names
 * first. So that `cruz` finds `Dela-Cruz` and `de la Cruz`, a family or given name counts from each of its words on.
 *
 * @param isNamePart whether a string is a family or given name.
 */
const textsOf = (value: unknown, isNamePart: boolean): NamedText[] => {
  if (typeof value === 'string') return [{ text: value.trim(), isNamePart }]
  return isObject(value) ? partsOf(value) : []
}

interface NamedText {
  readonly text: string
  /** Whether it is a family or given name. */
  readonly isNamePart: boolean
}

const partsOf = (value: Json): NamedText[] => {
  const part = (name: string) => stringsAt(value, name).map((text) => text.trim())
  const names = new Set([...part('given'), ...part('family')])
  const full = [...part('given'), ...part('family')].join(' ')
  const texts = new Set([full, ...[...NAME_PARTS, ...ADDRESS_PARTS].flatMap(part)])
  return [...texts].map((text) => ({ text, isNamePart: names.has(text) }))
}

const textOf = (text: string, isNamePart: boolean): Text[] => {
  if (text === '' || text.includes('\0')) return []
  const indexed = text.slice(0, LONGEST_VALUE)
  const folded = fold(indexed).slice(0, LONGEST_VALUE)
  const words = isNamePart ? [...folded.matchAll(/(?<= )\S/g)].map(({ index }) => folded.slice(index)) : []
  return [{ text: indexed, starts: [folded, ...words] }]
}

/** The system of the tokens `true` and `false`, whose elements have none. */
export const BOOLEAN = 'http://terminology.hl7.org/CodeSystem/special-values'

/** Returns the tokens of a code, a boolean, a Coding, a CodeableConcept, an Identifier or a ContactPoint. */
const tokensOf = (value: unknown, system = ''): { system: string; code: string }[] => {
  if (typeof value === 'string') return value === '' ? [] : [{ system, code: value }]
  if (typeof value === 'boolean') return [{ system: BOOLEAN, code: String(value) }]
  if (!isObject(value)) return []
  if (Array.isArray(value.coding)) return value.coding.filter(isObject).flatMap((coding) => tokensOf(coding))
  const code = value.code ?? value.value
  if (typeof code !== 'string' || code === '') return []
  return [{ system: typeof value.system === 'string' ? value.system : '', code }]
}

/**
 * Removes case, accents and apostrophes, and turns hyphens into spaces, so that `munoz` finds `Muñoz`, `obrien` finds `O'Brien`, and
 * `dela cruz` finds `Dela-Cruz` (R4 search, string parameters: a server may ignore punctuation). Goes through upper case, because
 * that turns `ß` into `SS`; every form of sigma becomes the same letter.
 */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}'’‘ʼʹ\u0060´]/gu, '')
    .replace(/\p{Pd}/gu, ' ')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replace(/\s+/g, ' ')
    .trim()
