import type { Encounter, Observation, Practitioner, Resource } from '@medplum/fhirtypes'
import { chartOf, type Doctor } from './chart.ts'
import {
  type HomeReading,
  homeObservation,
  homeReadings,
  pulseDevices,
  readingIdentifier,
} from './home-readings.ts'
import { janeDoe, johnDoe, makePeople, namesakes, type Person, patientOf } from './people.ts'
import { randomFrom } from './random.ts'

const clinic = { reference: 'Organization/riverside-clinic', display: 'Riverside Clinic' }

const morganLee: Doctor = { id: 'morgan-lee', name: 'Dr. Morgan Lee' }

const doctors: readonly [Doctor, ...Doctor[]] = [
  morganLee,
  { id: 'amara-okafor', name: 'Dr. Amara Okafor' },
  { id: 'helena-lindqvist', name: 'Dr. Helena Lindqvist' },
  { id: 'samir-haddad', name: 'Dr. Samir Haddad' },
]

/** Returns Riverside Clinic's whole record at the end of the day before `asOf` (`YYYY-MM-DD`): the same text for the same day. */
export const riversideRecords = (asOf: string): Resource[] => {
  const people = [janeDoe, johnDoe, ...namesakes, ...makePeople('p', 235)]
  return [
    {
      resourceType: 'Organization',
      id: 'riverside-clinic',
      active: true,
      name: 'Riverside Clinic',
      address: [
        {
          line: ['200 Riverside Drive'],
          city: 'Springfield',
          state: 'IL',
          postalCode: '62701',
          country: 'US',
        },
      ],
    },
    ...doctors.map(practitioner),
    ...people.flatMap((person, index) => recordOf(person, index, asOf)),
  ]
}

const recordOf = (person: Person, index: number, asOf: string): Resource[] => {
  const patient = patientOf(person, person.key, {
    use: 'usual',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
    system: 'http://riverside.example/mrn',
    value: medicalRecordNumber(index),
  })
  const isKnown = person.key === janeDoe.key || person.key === johnDoe.key
  const doctor = isKnown ? morganLee : randomFrom(`doctor ${person.key}`).pick(doctors)
  const name = patient.name?.[0]?.text
  const subject = { id: person.key, reference: `Patient/${person.key}`, ...(name ? { display: name } : {}) }
  const chart = chartOf(person, subject, doctor, clinic, asOf)
  return [patient, ...chart, ...(person.key === johnDoe.key ? copiesOfHomeReadings(person, chart, asOf) : [])]
}

/** Six digits in no visible order. No number occurs twice, because 7919 and 900,000 have no common divisor. */
const medicalRecordNumber = (index: number): string => String(100_000 + ((index * 7919 + 4211) % 900_000))

/**
 * At each visit John shows the newest weight and blood pressure from his own devices, and the clinic stores a copy. Pulse Devices has
 * the same reading with the same identifier.
 */
const copiesOfHomeReadings = (person: Person, chart: readonly Resource[], asOf: string): Observation[] => {
  const john = { reference: `Patient/${person.key}`, display: 'John Doe' }
  return shownAtVisits(person, chart, asOf).map(({ reading, visit }) =>
    homeObservation(`${person.key}-home-${reading.name}`, reading, {
      identifier: [readingIdentifier(person, reading)],
      subject: john,
      encounter: { reference: `Encounter/${visit.id}` },
      performer: [john],
      device: { display: pulseDevices[reading.kind] },
    }),
  )
}

/** Returns John's readings from home of which the clinic has a copy. */
export const copiedReadings = (asOf: string): HomeReading[] => {
  const subject = { id: johnDoe.key, reference: `Patient/${johnDoe.key}` }
  const chart = chartOf(johnDoe, subject, morganLee, clinic, asOf)
  return shownAtVisits(johnDoe, chart, asOf).map(({ reading }) => reading)
}

/** Returns each reading that was the newest at a visit, with the last visit at which it was. */
const shownAtVisits = (person: Person, chart: readonly Resource[], asOf: string) => {
  const readings = homeReadings(person, asOf)
  const newestReadings = new Map<string, { reading: HomeReading; visit: Encounter }>()
  for (const visit of chart) {
    if (visit.resourceType !== 'Encounter') continue
    const start = Date.parse(visit.period?.start ?? '')
    for (const kind of ['weight', 'pressure'] as const) {
      const reading = newestBefore(readings, kind, start)
      if (reading) newestReadings.set(reading.name, { reading, visit })
    }
  }
  return [...newestReadings.values()]
}

const newestBefore = (readings: readonly HomeReading[], kind: HomeReading['kind'], time: number) =>
  readings.findLast((reading) => reading.kind === kind && Date.parse(reading.at) < time)

const practitioner = (doctor: Doctor): Practitioner => {
  const [, givenName, family] = doctor.name.split(' ')
  return {
    resourceType: 'Practitioner',
    id: doctor.id,
    meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-practitioner'] },
    identifier: [{ system: 'http://riverside.example/staff', value: doctor.id }],
    active: true,
    name: [
      {
        text: doctor.name,
        prefix: ['Dr.'],
        ...(givenName ? { given: [givenName] } : {}),
        ...(family ? { family } : {}),
      },
    ],
  }
}
