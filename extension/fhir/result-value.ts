import type { Flag, ResultValue } from '../messages/record-lists.ts'
import type { Term } from '../messages/terms.ts'
import { conceptCode, conceptName } from './concept.ts'
import { type Json, object, objects, prose, text, words } from './resource.ts'
import { joinedTerms, numberTerm, quantityOf, quantityTerm, rangeTerm } from './terms.ts'

/** Returns the value of an Observation or of one of its components as written; undefined if it has none. */
export const resultValueOf = (observation: Json): ResultValue | undefined => {
  const other = otherValueOf(observation)
  const result = quantityOf(observation.valueQuantity) ?? (other && { value: other, unit: '' })
  if (!result) return undefined
  const range = rangeOf(observation, result.unit)
  const flag = flagOf(observation)
  return { ...result, ...(range && { range }), ...(flag && { flag }) }
}

const otherValueOf = (observation: Json): Term | undefined => {
  const { valueBoolean, valueRatio } = observation
  const { numerator, denominator } = object(valueRatio)
  return (
    conceptName(observation.valueCodeableConcept) ??
    prose(observation.valueString) ??
    numberTerm(observation.valueInteger) ??
    (typeof valueBoolean === 'boolean' ? { code: valueBoolean ? 'yes' : 'no' } : undefined) ??
    rangeTerm(object(observation.valueRange)) ??
    joinedTerms(' : ', [quantityTerm(numerator), quantityTerm(denominator)]) ??
    words(observation.valueDateTime) ??
    words(observation.valueTime) ??
    words(object(observation.valuePeriod).start)
  )
}

/** Prefers the normal range, because a range of another type (`therapeutic`) does not say what is usual. */
const rangeOf = ({ referenceRange }: Json, unit: string): Term | undefined => {
  const ranges = objects(referenceRange)
  const usual = ranges.find(({ type }) => [undefined, 'normal'].includes(conceptCode(type))) ?? ranges[0]
  return usual && (words(usual.text) ?? rangeTerm(usual, unit))
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
