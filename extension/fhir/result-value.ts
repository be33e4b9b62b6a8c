import type { Flag, ResultValue } from '../messages/record-lists.ts'
import { conceptCode, conceptName } from './concept.ts'
import { type Json, object, objects, prose, text, words } from './resource.ts'

/** Returns the value of an Observation or of one of its components as written; undefined if it has none. */
export const resultValueOf = (observation: Json): ResultValue | undefined => {
  const result = quantityOf(observation.valueQuantity) ?? otherValueOf(observation)
  if (!result) return undefined
  const range = rangeOf(observation, result.unit)
  const flag = flagOf(observation)
  return { ...result, ...(range && { range }), ...(flag && { flag }) }
}

/** Returns `<5` and `mg/L`. */
const quantityOf = (quantity: unknown): { value: string; unit: string } | undefined => {
  const { value, comparator, unit, code } = object(quantity)
  const number = numberText(value)
  if (number === undefined) return undefined
  return { value: `${words(comparator) ?? ''}${number}`, unit: words(unit) ?? words(code) ?? '' }
}

/** Returns a number as text, in its original spelling if the client kept that. */
export const numberText = (value: unknown): string | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? String(value) : words(value)

export const quantityText = (quantity: unknown): string | undefined => {
  const result = quantityOf(quantity)
  return result && `${result.value} ${result.unit}`.trim()
}

const otherValueOf = (observation: Json): { value: string; unit: string } | undefined => {
  const { valueRange, valueRatio, valueBoolean, valuePeriod } = observation
  const value =
    conceptName(observation.valueCodeableConcept) ??
    prose(observation.valueString) ??
    numberText(observation.valueInteger) ??
    (typeof valueBoolean === 'boolean' ? (valueBoolean ? 'yes' : 'no') : undefined) ??
    between(object(valueRange), '') ??
    between({ low: object(valueRatio).numerator, high: object(valueRatio).denominator }, '', ' : ') ??
    words(observation.valueDateTime) ??
    words(observation.valueTime) ??
    words(object(valuePeriod).start)
  return value === undefined ? undefined : { value, unit: '' }
}

const between = ({ low, high }: Json, unit: string, separator = ' – '): string | undefined => {
  const [from, to] = [low, high].map((each) => {
    const result = quantityOf(each)
    return result && `${result.value}${result.unit === '' || result.unit === unit ? '' : ` ${result.unit}`}`
  })
  if (from === undefined) return to === undefined ? undefined : `≤ ${to}`
  return to === undefined ? `≥ ${from}` : `${from}${separator}${to}`
}

/** Prefers the normal range, because a range of another type (`therapeutic`) does not say what is usual. */
const rangeOf = ({ referenceRange }: Json, unit: string): string | undefined => {
  const ranges = objects(referenceRange)
  const usual = ranges.find(({ type }) => [undefined, 'normal'].includes(conceptCode(type))) ?? ranges[0]
  return usual && (words(usual.text) ?? between(usual, unit))
}

const flags: Readonly<Record<string, Flag>> = {
  H: 'high',
  HU: 'high',
  HX: 'high',
  '>': 'high',
  HH: 'very_high',
  L: 'low',
  LU: 'low',
  LX: 'low',
  '<': 'low',
  LL: 'very_low',
  A: 'abnormal',
  AA: 'abnormal',
}

/** Flags, the least serious first. */
const bySeriousness: readonly (Flag | undefined)[] = [
  undefined,
  'abnormal',
  'low',
  'high',
  'very_low',
  'very_high',
]

/** Returns the most serious flag. */
const flagOf = ({ interpretation }: Json): Flag | undefined =>
  objects(interpretation)
    .flatMap(({ coding }) => objects(coding))
    .map(({ code }) => text(code) ?? '')
    .map((code) => (Object.hasOwn(flags, code) ? flags[code] : undefined))
    .reduce(
      (most, flag) => (bySeriousness.indexOf(flag) > bySeriousness.indexOf(most) ? flag : most),
      undefined,
    )

/** Returns the laboratory's interpretation in words (`Positive`) if none is a flag; leaves out `N`, which is normal. */
export const meaningOf = (observation: Json): string[] =>
  flagOf(observation)
    ? []
    : objects(observation.interpretation)
        .filter((each) => conceptCode(each) !== 'N')
        .flatMap((each) => conceptName(each) ?? [])
