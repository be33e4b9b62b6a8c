import type { Observation, Patient, Resource } from '@medplum/fhirtypes'
import { dateTimeOf, dayOf } from '../../../server/demo/calendar.ts'
import { bloodPressure, bodyWeight } from '../../../server/demo/observations.ts'
import { type Random, randomFrom } from '../../../server/demo/random.ts'

/** The patients that the measurements request; the same ones at every number of patients. */
export const ASKED = {
  id: 'daily',
  /** A name that one in about 3,000 people has. */
  family: 'Galohil',
  given: 'Ottoline',
  birthDate: '1961-07-19',
  /** The first day of the year that is searched. */
  since: '2025-01-01',
}
/** The patient whose whole record is requested. */
export const RICH = 'rich'

const DAYS = 365
/** One patient in this number has measurements of a few visits. */
const MEASURED = 4
const VISITS = 2

/**
 * A practice with this number of patients, always the same ones: names and birth dates as varied as those of a country, a few
 * measurements for one in four, a year of daily vital signs for one, and a record of 127 resources for another.
 */
export function* benchPatients(count: number): Generator<Resource> {
  yield* dailyVitalSigns()
  yield* richRecord()
  const random = randomFrom('bench patients')
  for (let index = 2; index < count; index++) {
    const id = `p${index}`
    yield patient(id, random)
    if (index % MEASURED === 0) yield* visits(id, random)
  }
}

function* dailyVitalSigns(): Generator<Resource> {
  const { id, family, given, birthDate, since } = ASKED
  const random = randomFrom(id)
  yield { ...patient(id, random), name: [{ use: 'official', family, given: [given] }], birthDate }
  const first = dayOf(since)
  for (let day = 0; day < DAYS; day++)
    yield* measurements(id, `${id}-${day}`, dateTimeOf(first + day, 420), random)
}

function* richRecord(): Generator<Resource> {
  const random = randomFrom(RICH)
  yield patient(RICH, random)
  const subject = { reference: `Patient/${RICH}` }
  yield { resourceType: 'Practitioner', id: 'gp', name: [{ family: 'Abernathy', given: ['Ines'] }] }
  const first = dayOf(ASKED.since)
  for (let visit = 0; visit < 25; visit++) {
    const at = dateTimeOf(first + 12 * visit, 600)
    const encounter = `${RICH}-visit-${visit}`
    yield {
      resourceType: 'Encounter',
      id: encounter,
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject,
      participant: [{ individual: { reference: 'Practitioner/gp' } }],
      period: { start: at, end: at },
    }
    yield {
      resourceType: 'Condition',
      id: `${RICH}-problem-${visit}`,
      code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003', display: 'Hypertension' }] },
      subject,
      encounter: { reference: `Encounter/${encounter}` },
      onsetDateTime: at,
    }
    yield {
      resourceType: 'MedicationRequest',
      id: `${RICH}-prescription-${visit}`,
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: { text: 'Lisinopril 10 mg' },
      subject,
      authoredOn: at,
      requester: { reference: 'Practitioner/gp' },
    }
    yield* measurements(RICH, `${RICH}-${visit}`, at, random)
  }
}

function* visits(id: string, random: Random): Generator<Observation> {
  for (let visit = 0; visit < VISITS; visit++) {
    const day = dayOf(ASKED.since) - random.whole(0, 3650)
    yield bloodPressure(
      `${id}-${visit}`,
      { ...about(id), effectiveDateTime: dateTimeOf(day, 600) },
      pressure(random),
    )
  }
}

function* measurements(id: string, name: string, effectiveDateTime: string, random: Random) {
  const setting = { ...about(id), effectiveDateTime }
  yield bodyWeight(`${name}-weight`, setting, random.whole(600, 950) / 10)
  yield bloodPressure(`${name}-pressure`, setting, pressure(random))
}

const about = (id: string) => ({ subject: { reference: `Patient/${id}` } })

const pressure = (random: Random) => ({
  systolic: random.whole(105, 165),
  diastolic: random.whole(65, 100),
})

const patient = (id: string, random: Random): Patient => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'urn:bench:record', value: id }],
  name: [{ use: 'official', family: word(random, 3), given: [word(random, 2)] }],
  gender: random.chance(0.5) ? 'female' : 'male',
  birthDate: `${random.whole(1930, 2019)}-${two(random.whole(1, 12))}-${two(random.whole(1, 28))}`,
})

const two = (number: number): string => String(number).padStart(2, '0')

const SYLLABLES = [
  'ba',
  'den',
  'fo',
  'ga',
  'hil',
  'ka',
  'lo',
  'mer',
  'ni',
  'or',
  'pel',
  'ros',
  'sul',
  'ta',
  'wen',
] as const

/** 3,375 family names, 225 given ones. */
const word = (random: Random, syllables: number): string => {
  const text = Array.from({ length: syllables }, () => random.pick(SYLLABLES)).join('')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
