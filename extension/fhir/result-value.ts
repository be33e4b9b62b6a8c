import { cutMark, type ResultValue } from '../messages/record-lists.ts'
import type { Flag, Term } from '../messages/terms.ts'
import { conceptCode, conceptName } from './concept.ts'
import { type Json, object, objects, prose, text, words } from './resource.ts'
import {
  dateTerm,
  joinedTerms,
  numberTerm,
  periodTerm,
  quantityOf,
  quantityTerm,
  type Readers,
  rangeTerm,
  termsOf,
  unitOf,
} from './terms.ts'

/** Returns the value of an Observation or of one of its components as written; undefined if it has none. */
export const resultValueOf = (observation: Json): ResultValue | undefined => {
  const result = quantityOf(observation.valueQuantity) ?? otherValueOf(observation)
  if (!result) return undefined
  const range = rangeOf(observation, result.unit)
  const flag = flagOf(observation)
  return { ...result, ...(range && { range }), ...(flag && { flag }) }
}

/** Says any `value[x]`, also one for which there are no words. */
const otherValueOf = (observation: Json): { value: Term; unit: string } | undefined => {
  const values = Object.entries(observation).filter(([member]) => /^value[A-Z]/.test(member))
  const value = joinedTerms(' · ', termsOf(Object.fromEntries(values), valueReaders))
  return value === undefined ? undefined : { value, unit: '' }
}

const valueReaders: Readers = {
  valueQuantity: (value) => quantityTerm(value),
  valueCodeableConcept: conceptName,
  valueString: prose,
  valueInteger: (value) => numberTerm(value),
  valueBoolean: (value) => (typeof value === 'boolean' ? { code: value ? 'yes' : 'no' } : undefined),
  valueRange: (value) => rangeTerm(value),
  valueRatio: (value) => {
    const { numerator, denominator } = object(value)
    const [part, whole] = [
      quantityTerm(numerator, '', unitOf(denominator)),
      quantityTerm(denominator, '', unitOf(numerator)),
    ]
    return part && whole && joinedTerms(' : ', [part, whole])
  },
  valueDateTime: dateTerm,
  valueTime: (value) => words(value),
  valuePeriod: periodTerm,
}

/** Prefers the normal range, because a range of another type (`therapeutic`) does not say what is usual. */
export const rangeOf = ({ referenceRange }: Json, unit: string): Term | undefined => {
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
export const flagOf = ({ interpretation }: Json): Flag | undefined =>
  objects(interpretation)
    .flatMap(({ coding }) => objects(coding))
    .map(({ code }) => text(code) ?? '')
    .map((code) => (Object.hasOwn(flags, code) ? flags[code] : undefined))
    .reduce(
      (most, flag) => (bySeriousness.indexOf(flag) > bySeriousness.indexOf(most) ? flag : most),
      undefined,
    )

/**
 * Returns the laboratory's interpretations in words (`Positive`), except those that are flags beside a value, and `N`, which is
 * normal.
 */
export const meaningsOf = (observation: Json): Term[] => {
  const flag = resultValueOf(observation) ? undefined : flagOf(observation)
  const others = objects(observation.interpretation).filter(
    (each) => conceptCode(each) !== 'N' && !flagOf({ interpretation: [each] }),
  )
  return [...(flag ? [{ flag }] : []), ...others.map((each) => conceptName(each) ?? cutMark)]
}
