import { readableText } from '../../values/readable-name.ts'
import { cutMark } from '../messages/record-lists.ts'

/** A resource from the network: only its type is certain, and every other member is checked before it is used. */
export type Resource = Json & { resourceType: string }
export type Bundle = Resource
export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Few honest lists within a resource are longer. Without this limit an organization would decide how much work a list makes. */
const longestList = 100

/** Returns the objects among the first 100 items of a list and leaves out the other items; empty if it is not a list. */
export const objects = (value: unknown, most = longestList): Json[] =>
  Array.isArray(value) ? value.slice(0, most).filter(isObject) : []

/**
 * Returns all entries of a Bundle; there is no limit here because they are counted before they are parsed
 * (`net/long-work`).
 */
export const entriesOf = ({ entry }: Json): Json[] => objects(entry, Number.POSITIVE_INFINITY)

export const object = (value: unknown): Json => (isObject(value) ? value : {})

/**
 * Returns a trimmed text of 500 characters at most; undefined if nothing is left. For ids, codes and comparisons, not for
 * display.
 */
export const text = (value: unknown): string | undefined => {
  const trimmed = typeof value === 'string' ? value.trim() : ''
  return trimmed === '' ? undefined : trimmed.slice(0, longestText)
}

/** Names, codes and the like, in characters. */
const longestText = 500
/** What clinicians write: notes, findings, how to take something. Some ten pages. */
const longestProse = 20_000

/** Checks for an id as FHIR writes it, of 64 characters at most. */
export const isId = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(value)

/** FHIR R4, date, dateTime and instant: a year, a month, a day, or a time on a day, at most 14 hours from UTC. */
const DATE =
  /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?)?)?)?$/

/**
 * Checks that a text is a FHIR date. `Date.parse` alone would read `03.02.1970` as the 2nd of March and `1970-02-31` as the 3rd of
 * March: a wrong date, above all of birth, is worse than none.
 */
export const isDate = (text: string): boolean => {
  const [, year, month = '1', day = '01'] = DATE.exec(text) ?? []
  if (year === undefined) return false
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(day) >= 1 && Number(day) <= lastDay && !Number.isNaN(Date.parse(text))
}

/** Returns a text cleaned for display, at its limit with the mark that it is cut; undefined if nothing is left. */
export const words = (value: unknown, longest = longestText): string | undefined => {
  const trimmed = typeof value === 'string' ? value.trim() : ''
  const readable = readableText(trimmed.slice(0, longest)).trim()
  return (trimmed.length > longest ? readable + cutMark : readable) || undefined
}

/** Returns what a clinician wrote, cleaned for display. */
export const prose = (value: unknown): string | undefined => words(value, longestProse)

/** Joins texts that are cleaned already; undefined if there are none. */
export const joined = (texts: readonly (string | undefined)[]): string | undefined => {
  const all = texts.filter(Boolean).join(', ')
  return (all.length > longestProse ? all.slice(0, longestProse) + cutMark : all) || undefined
}

export const wordsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.slice(0, longestList).flatMap((entry) => words(entry) ?? []) : []

/** Returns a text of each object in a list, as far as it is read, and then the mark that it is cut. */
export const textsOf = <T = string>(
  value: unknown,
  read: (each: Json) => T | undefined,
): (T | string | undefined)[] => [
  ...objects(value).map(read),
  ...(Array.isArray(value) && value.length > longestList ? [cutMark] : []),
]

/** Returns the resources of one type in a searchset, without OperationOutcomes and included resources. */
export const resourcesOf = (bundle: Bundle, type: string): Json[] =>
  entriesOf(bundle)
    .filter(({ search }) => object(search).mode !== 'include')
    .map(({ resource }) => object(resource))
    .filter(({ resourceType }) => resourceType === type)

/** The longest sentence of an organization that a page quotes, in characters. */
const longestRemark = 300

/** Returns what a server says about its own answer, such as that it is older than it should be; undefined if nothing. */
export const remarkOf = (bundle: Bundle): string | undefined => {
  const issues = entriesOf(bundle)
    .filter(({ search }) => object(search).mode === 'outcome')
    .flatMap(({ resource }) => objects(object(resource).issue))
  const remark = issues.find(({ severity, diagnostics }) => severity === 'warning' && words(diagnostics))
  return words(remark?.diagnostics, longestRemark)
}

export const totalOf = ({ total }: Bundle): number | undefined =>
  typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : undefined
