import { isObject, type Json } from '../../query/json-path.ts'
import { wholePiece } from '../transport/cut-json.ts'
import { WithingsError } from './withings-error.ts'

/** ECMAScript "JSON.parse source text access", which TypeScript's library does not declare yet. */
const json: {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
} = JSON as never

/** The most values of an answer, because they are read in one turn, a tenth of a second for so many. Withings' own have about 10,000. */
const MOST_VALUES = 100_000

/** Numbers of any length: a double would round one reading, or take two people for one. */
const LONG = ['value', 'grpid', 'userid']

/**
 * Parses an answer of Withings. Each number named `value`, `grpid` or `userid` becomes text with the digits it was written with.
 *
 * @returns `undefined` for text that is not JSON, or has more values, or a greater depth than is read of an answer of any server.
 */
export const parseAnswer = (text: string): unknown => {
  try {
    // Counted first, because each value costs a call here, however short its text is.
    return json.parse(wholePiece(text, MOST_VALUES).text, (key, value, { source }) =>
      LONG.includes(key) && typeof value === 'number' ? source : value,
    )
  } catch {
    return undefined
  }
}

/** The most characters of a text that is read; Withings' own are shorter than 100. What a text costs later grows with its length. */
const LONGEST_TEXT = 200

/**
 * Returns a text, or a number as text; an empty text for one that is too long, or anything else, whose conversion may throw or find a
 * text in a list. Every text of an answer goes through it, except tokens and `value`, which have patterns of their own.
 */
export const textIn = (value: unknown): string => {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  return text.length > LONGEST_TEXT ? '' : text
}

/** Returns a number, also one that was sent as text; `NaN` for anything else. */
export const numberIn = (value: unknown): number => {
  const text = textIn(value).trim()
  return text === '' ? Number.NaN : Number(text)
}

/** Measures that were taken together. Times in seconds since 1970. */
export interface MeasureGroup {
  readonly grpid: string
  /**
   * How it was attributed to this person: 0 and 8 by a device, 1 by a device but perhaps of somebody else, 2 and 4 typed by hand,
   * 5 the best of several, 7 confirmed by the person. `NaN` if it is no number.
   */
  readonly attrib: number
  readonly date: number
  readonly created?: number
  readonly modified: number
  readonly model?: string
  readonly measures: readonly Measure[]
}

/** `value × 10^unit`; `value` is a whole number as text. */
export interface Measure {
  readonly type: number
  readonly value: string
  readonly unit: number
}

/** A page of `getmeas`. */
export interface MeasurePage {
  readonly groups: readonly MeasureGroup[]
  /**
   * Whether the page has something else than measures and goals, or the next one begins after what was given until then, so that more may
   * stand there than is known.
   */
  readonly hasUnknown: boolean
  /** Where the next fetch begins; seconds since 1970 by Withings' clock. */
  readonly updated?: number
  /** Empty if Withings does not say. */
  readonly timezone: string
  /** Where the next page begins, 0 if Withings does not say; absent on the last one. */
  readonly next?: number
}

/** The ways in which Withings has written `more` on a page that others follow, and on the last one. */
const FOLLOWED: readonly unknown[] = [1, true]
const LAST: readonly unknown[] = [0, false, undefined]
/** The category of what a person wants to reach. */
const GOAL = 2
/** The last second of the year 9999; FHIR has no later dates. */
const LATEST = 253_402_300_799

/**
 * Reads the body of an answer to `getmeas`. Leaves out goals (category 2), and groups that are not understood.
 *
 * @param asked the offset of the page.
 * @throws WithingsError when it has no list of groups, or it is not understood whether it is the last page.
 */
export const readMeasurePage = (body: Json, asked: number): MeasurePage => {
  const { measuregrps, updatetime, timezone, more, offset } = body
  if (!Array.isArray(measuregrps)) throw new WithingsError('away', "Withings' answer to getmeas has no list.")
  const listed = measuregrps.filter((group: unknown) => !isObject(group) || group.category !== GOAL)
  const groups = listed.flatMap((group: unknown) => {
    const measureGroup = isObject(group) ? readGroup(group) : undefined
    return measureGroup ? [measureGroup] : []
  })
  const hasMore = FOLLOWED.includes(more)
  // What is on other pages would be taken for deleted there.
  if (!hasMore && !LAST.includes(more))
    throw new WithingsError('away', 'Withings says in an unknown way whether it has more.')
  const next = isTime(offset) ? offset : 0
  const isSkipping = hasMore && next > asked + measuregrps.length
  return {
    groups,
    hasUnknown: isSkipping || groups.length < listed.length,
    ...(isTime(updatetime) && updatetime > 0 && { updated: updatetime }),
    timezone: textIn(timezone),
    ...(hasMore && { next }),
  }
}

const readGroup = (group: Json): MeasureGroup | undefined => {
  const { attrib, date, created, modified, category, measures } = group
  const grpid = textIn(group.grpid)
  const model = textIn(group.model)
  if (!/^\d{1,20}$/.test(grpid) || !isTime(date) || category !== 1 || !Array.isArray(measures))
    return undefined
  const readMeasures = measures.flatMap((measure: unknown) => {
    const parsedMeasure = isObject(measure) ? readMeasure(measure) : undefined
    return parsedMeasure ? [parsedMeasure] : []
  })
  // Otherwise a stored measure would be taken for one that was removed from the group.
  if (readMeasures.length < measures.length) return undefined
  return {
    grpid,
    attrib: numberIn(attrib),
    date,
    ...(isTime(created) && { created }),
    modified: isTime(modified) ? modified : 0,
    ...(model !== '' && { model: model.slice(0, 80) }),
    measures: readMeasures,
  }
}

const readMeasure = ({ type, value, unit }: Json): Measure | undefined =>
  typeof type === 'number' &&
  typeof value === 'string' &&
  /^-?\d{1,20}$/.test(value) &&
  typeof unit === 'number' &&
  Number.isInteger(unit) &&
  Math.abs(unit) <= 20
    ? { type, value, unit }
    : undefined

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LATEST
