import { fold } from '../../../values/fold.ts'
import { placesIn } from './mention-places.ts'

/** What the organization knows a person by, whom the log has to forget. */
export interface Person {
  /** The id of their Patient. */
  readonly patient: string
  /** Ids of their accounts. */
  readonly accounts: readonly string[]
  /** Record numbers, telephone numbers, the birth date. */
  readonly values: readonly string[]
  /** Whole names. */
  readonly names: readonly string[]
}

/**
 * A shorter value, such as a number of two digits, is a part of too many texts that have nothing to do with the person. A shorter id counts
 * where it is the whole text, or in a reference.
 */
const SHORTEST = 4

/** Creates a check whether an entry mentions a person, in any place where it may (`mention-places.ts`). */
export const createMentions = ({ patient, accounts, values, names }: Person) => {
  const ids = [patient, ...accounts]
  const longIds = ids.filter(({ length }) => length >= SHORTEST)
  const parts = longIds.map(fold)
  const tokens = new Set([...longIds, `Patient/${patient}`])
  const numbers = values.map(fold).filter(({ length }) => length >= SHORTEST)
  const fullNames = names.map((name) => wordsOf(name)).filter(({ size }) => size > 1)
  const holdsId = (text: string): boolean =>
    ids.includes(text) || tokensIn(text).some((token) => tokens.has(token))
  const holdsNumber = (text: string): boolean => {
    const folded = fold(text)
    return numbers.some((number) => holdsWhole(folded, number, innerOf(number)))
  }
  const holdsPart = (text: string): boolean => {
    const folded = fold(text)
    const withoutCodes = folded.replace(CODES, ' ')
    return parts.some((id) => holdsWhole(id.length < SHORTEST_IN_CODES ? withoutCodes : folded, id, WORD))
  }
  const holdsName = (text: string): boolean => {
    const words = wordsOf(text)
    return fullNames.some((name) => [...name].every((word) => words.has(word)))
  }

  /** @param about the patient of the entry. */
  return (json: string, about: string | null): boolean =>
    placesIn(json, about).some(
      (place) =>
        place.reference === `Patient/${patient}` ||
        accounts.some((account) => account === place.account) ||
        holdsId(place.ids ?? '') ||
        holdsPart(place.parts ?? '') ||
        holdsNumber(place.numbers ?? '') ||
        holdsName(place.names ?? ''),
    )
}

/** Returns everything that looks like a FHIR id, and like a reference. The id in a reference to something else is no token of its own. */
const tokensIn = (text: string): string[] =>
  text.match(/(?:\b[A-Z][A-Za-z]+\/)?[A-Za-z0-9.-]+/g)?.flatMap(withId) ?? []

const withId = (token: string): string[] =>
  token.startsWith('Patient/') ? [token, token.slice('Patient/'.length)] : [token]

const wordsOf = (text: string): Set<string> => new Set(fold(text).match(/[\p{L}\p{N}]+/gu))

/** A value of fewer characters is not found in a longer code, such as 8480 in 8480-6, or in a UUID. */
const SHORTEST_IN_CODES = 6

/** What makes a value a part of something longer if it stands beside it. A prefix stands before a date (`eq1931-07-09`), a time behind it. */
const innerOf = (value: string): RegExp => {
  if (DATE.test(value)) return /[\p{N}]/u
  return value.length < SHORTEST_IN_CODES ? /[\p{L}\p{N}.-]/u : WORD
}
const WORD = /[\p{L}\p{N}]/u
/** UUIDs and dates, folded: a part of one is no id. */
const CODES = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d{2}-\d{2}/g
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Whether a text holds a value that is not a part of something longer. @param inner what makes it one if it stands beside it. */
const holdsWhole = (text: string, value: string, inner: RegExp): boolean => {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
    if (![text[at - 1], text[at + value.length]].some((beside = '') => inner.test(beside))) return true
  return false
}
