import type { AuditEvent } from '@medplum/fhirtypes'
import { replacePersonal } from './personal-texts.ts'

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

const REQUEST_ID = /^entity\.\d+\.what\.identifier\.value$/
const NAME_OF_SOMEBODY = /^(agent\.\d+\.who\.display|entity\.\d+\.name)$/
const QUERY = /^entity\.\d+\.query$/
const ADDRESS = /^agent\.\d+\.network\.address$/
/** The server's own address is one, and stands in every entry; a caller's is not. */
const WEB_ADDRESS = /^https?:\/\//

/**
 * Creates a check whether an entry mentions a person in any text that may be personal (`personal-texts.ts`): a scope, a search, a
 * request id. Somebody else's name is theirs, even if it is the same. Of a search, the entry about a patient holds only what
 * concerns that patient (docs/decisions/0044), so a value in it is theirs as well.
 */
export const createMentions = ({ patient, accounts, values, names }: Person) => {
  const ids = [patient, ...accounts]
  const longIds = ids.filter(({ length }) => length >= SHORTEST)
  const tokens = new Set([...longIds, `Patient/${patient}`])
  const numbers = values.map(fold).filter(({ length }) => length >= SHORTEST)
  const fullNames = names.map((name) => wordsOf(name)).filter(({ size }) => size > 1)
  const holdsValue = (text: string, wanted: readonly string[]): boolean => {
    const folded = fold(text)
    return wanted.some((value) => holdsWhole(folded, value))
  }
  const holdsName = (text: string): boolean => {
    const words = wordsOf(text)
    return fullNames.some((name) => [...name].every((word) => words.has(word)))
  }

  /** @param about the patient of the entry. */
  return (event: AuditEvent, about: string | null): boolean => {
    let isMentioned = false
    replacePersonal(event, (text, path) => {
      if (ADDRESS.test(path) && WEB_ADDRESS.test(text)) return text
      const plain = QUERY.test(path) ? fromQuery(text) : text
      const isTheirs = NAME_OF_SOMEBODY.test(path) || (QUERY.test(path) && about !== null)
      isMentioned ||=
        ids.includes(plain) ||
        tokensIn(plain).some((token) => tokens.has(token)) ||
        (REQUEST_ID.test(path) && holdsValue(plain, longIds)) ||
        (!isTheirs && (holdsValue(plain, numbers) || holdsName(plain)))
      return text
    })
    return isMentioned
  }
}

/** Returns everything that looks like a FHIR id, and like a reference to a patient. */
const tokensIn = (text: string): string[] =>
  text.match(/(?:Patient\/)?[A-Za-z0-9.-]+/g)?.flatMap(withId) ?? []

const withId = (token: string): string[] =>
  token.startsWith('Patient/') ? [token, token.slice('Patient/'.length)] : [token]

/** Decodes a search as an entry holds it: base64 of a query string. */
const fromQuery = (text: string): string => {
  const query = Buffer.from(text, 'base64').toString().replaceAll('+', ' ')
  try {
    return decodeURIComponent(query)
  } catch {
    return query
  }
}

const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

const wordsOf = (text: string): Set<string> => new Set(fold(text).match(/[\p{L}\p{N}]+/gu))

/** A value of fewer characters is not found in a longer code, such as 8480 in 8480-6, or in a UUID. */
const SHORTEST_IN_CODES = 6

/** What makes a value a part of something longer if it stands beside it. A prefix stands before a date (`eq1931-07-09`), a time behind it. */
const innerOf = (value: string): RegExp => {
  if (DATE.test(value)) return /[\p{N}]/u
  return value.length < SHORTEST_IN_CODES ? /[\p{L}\p{N}.-]/u : /[\p{L}\p{N}]/u
}
const DATE = /^\d{4}-\d{2}-\d{2}$/

/** Whether a text holds a value that is not a part of a longer word, number or code. */
const holdsWhole = (text: string, value: string): boolean => {
  const inner = innerOf(value)
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
    if (![text[at - 1], text[at + value.length]].some((beside = '') => inner.test(beside))) return true
  return false
}
