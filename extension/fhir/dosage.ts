import { type Term, weekdays } from '../messages/terms.ts'
import { conceptName } from './concept.ts'
import { isDate, type Json, prose, wordsIn } from './resource.ts'
import {
  alone,
  by,
  durationTerm,
  each,
  joinedTerms,
  numberOf,
  numberTerm,
  numberText,
  periodTerm,
  perTerm,
  quantityTerm,
  type Readers,
  rangeTerm,
  said,
  termsOf,
  timeUnit,
} from './terms.ts'

/**
 * Says all of a FHIR R4 Dosage: its texts and its structure, because a text may be "see note".
 *
 * @param isOnly whether it is the only one, whose place in the order says nothing.
 */
export const dosageTerm = ({ sequence, ...dosage }: Json, isOnly: boolean): Term | undefined => {
  const hasPlace = sequence !== undefined && !(isOnly && numberText(sequence) === '1')
  return joinedTerms(' · ', termsOf({ ...dosage, ...(hasPlace && { sequence }) }, dosageReaders))
}

/** Says a member together with another one. */
const sayWith = (other: string) => (_value: unknown, element: Json) =>
  element[other] == null ? undefined : ''

const doseReaders: Readers = {
  doseQuantity: (value) => quantityTerm(value),
  doseRange: (value) => rangeTerm(value),
  rateQuantity: (value) => said('rate', quantityTerm(value)),
  rateRange: (value) => said('rate', rangeTerm(value)),
  rateRatio: (value) => said('rate', perTerm(value)),
  type: conceptName,
}

const repeatReaders: Readers = {
  period: (_value, repeat) => frequencyTerm(repeat),
  periodMax: sayWith('period'),
  periodUnit: sayWith('period'),
  frequency: sayWith('period'),
  frequencyMax: sayWith('frequency'),
  when: (value, { offset }) => whenTerm(textsIn(value), offset),
  offset: sayWith('when'),
  dayOfWeek: (value) => said('every', listed(textsIn(value).map(weekdayTerm))),
  timeOfDay: (value) =>
    said('at', listed(textsIn(value).map((time) => time.replace(/^(\d\d:\d\d):00$/, '$1')))),
  duration: (_value, { duration, durationMax, durationUnit }) =>
    said('each_time_for', spanTerm(duration, durationMax, durationUnit)),
  durationMax: sayWith('duration'),
  durationUnit: sayWith('duration'),
  boundsDuration: (value) => said('for', durationTerm(value)),
  boundsRange: (value) => said('for', rangeTerm(value)),
  boundsPeriod: periodTerm,
  count: (_value, { count, countMax }) => said('in_all', timesTerm(count, countMax)),
  countMax: sayWith('count'),
}

const timingReaders: Readers = {
  repeat: by(repeatReaders),
  code: conceptName,
  event: (value) => listed(textsIn(value).map((date) => (isDate(date) ? { date } : date))),
}

const dosageReaders: Readers = {
  sequence: (value) => said('step', numberTerm(value)),
  text: prose,
  patientInstruction: (value, { text }) => prose(value) && (prose(value) === prose(text) ? '' : prose(value)),
  doseAndRate: each(by(doseReaders)),
  route: conceptName,
  timing: by(timingReaders),
  asNeededBoolean: (value) => (typeof value === 'boolean' ? (value && said('as_needed')) || '' : undefined),
  asNeededCodeableConcept: (value) => said('as_needed_for', conceptName(value)),
  maxDosePerPeriod: (value) => said('at_most', perTerm(value)),
  maxDosePerAdministration: (value) => said('at_most_each_time', quantityTerm(value)),
  maxDosePerLifetime: (value) => said('at_most_ever', quantityTerm(value)),
  site: (value) => said('site', conceptName(value)),
  method: (value) => said('method', conceptName(value)),
  additionalInstruction: each(conceptName),
}

/** Returns `once per day`, `every 12 hours`, `2–3 times every 4 days`. */
const frequencyTerm = ({
  frequency,
  frequencyMax,
  period,
  periodMax,
  periodUnit,
}: Json): Term | undefined => {
  const span = spanTerm(period, periodMax, periodUnit)
  const every = said('every', alone(span))
  if (frequency == null) return every
  const times = timesTerm(frequency, frequencyMax)
  if (times === undefined || span === undefined) return undefined
  if (span.from === 1 && span.to === undefined) return said('per', times, alone(span))
  return times.times === 1 && times.to === undefined ? every : joinedTerms(' ', [times, every])
}

const timesTerm = (least: unknown, most: unknown) => {
  const range = numbers(least, most)
  return range && { times: range.from, ...(range.to !== undefined && { to: range.to }) }
}

const spanTerm = (least: unknown, most: unknown, code: unknown) => {
  const range = numbers(least, most)
  const unit = timeUnit(code)
  return range && unit && { unit, ...range }
}

const numbers = (least: unknown, most: unknown): { from: number; to?: number } | undefined => {
  const [from, to] = [numberOf(least), numberOf(most)]
  if (from === undefined) return undefined
  if (most == null || to === from) return { from }
  return to === undefined ? undefined : { from, to }
}

/** Returns `30 minutes before meals`. An offset from any other event does not say whether it is before or after. */
const whenTerm = (codes: string[], offset: unknown): Term | undefined => {
  const events = listed(codes.map((event) => ({ event })))
  if (offset == null) return events
  const minutes = spanTerm(offset, undefined, 'min')
  return minutes && events && codes.every((code) => /^[AP]C/.test(code))
    ? joinedTerms(' ', [minutes, events])
    : undefined
}

const weekdayTerm = (code: string): Term | undefined => {
  const weekday = weekdays.find((each) => each === code)
  return weekday && { weekday }
}

/** The texts of a list; none if one of its members is not readable, because the rest alone would be another dosage. */
const textsIn = (value: unknown): string[] => {
  const texts = wordsIn(value)
  return Array.isArray(value) && texts.length === value.length ? texts : []
}

/** Undefined if nothing is listed, or a term is missing. */
const listed = (terms: (Term | undefined)[]): Term | undefined =>
  terms.length > 0 && terms.every((term) => term !== undefined) ? { listed: terms } : undefined
