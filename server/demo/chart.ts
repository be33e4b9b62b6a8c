import type { Encounter, Observation, Patient, Reference, Resource } from '@medplum/fhirtypes'
import { type Body, bodyOf, longestRecord } from './body.ts'
import { type Day, dateTimeOf, dayOf, workingDay } from './calendar.ts'
import { history } from './history.ts'
import { laboratoryPanel } from './laboratory.ts'
import { bloodPressure, bodyHeight, bodyWeight, heartRate, roundTo, type Setting } from './observations.ts'
import { janeDoe, johnDoe, type Person } from './people.ts'
import { type Random, randomFrom } from './random.ts'

export interface Doctor {
  readonly id: string
  readonly name: string
}

/** A clinic's record of one patient over the years: visits, their measurements, and the history. */
export const chartOf = (
  person: Person,
  subject: Reference<Patient> & { id: string },
  doctor: Doctor,
  clinic: Encounter['serviceProvider'],
  asOf: string,
): Resource[] => {
  const random = randomFrom(`chart ${person.key}`)
  const body = bodyOf(person, asOf)
  const last = dayOf(asOf)
  const { id, ...patient } = subject
  const performer = { reference: `Practitioner/${doctor.id}`, display: doctor.name }
  const visits = visitDays(person, random, last)

  const visitResources = visits.flatMap((day, index) => {
    const number = String(index + 1).padStart(2, '0')
    const minute = random.whole(8 * 12, 16 * 12) * 5
    const encounter: Encounter = {
      resourceType: 'Encounter',
      id: `${id}-visit-${number}`,
      meta: { profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-encounter'] },
      status: 'finished',
      class: {
        system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
        code: 'AMB',
        display: 'ambulatory',
      },
      type: [{ text: index === 0 ? 'First visit' : 'Check-up' }],
      subject: patient,
      participant: [{ individual: performer }],
      period: { start: dateTimeOf(day, minute), end: dateTimeOf(day, minute + 25) },
      ...(clinic ? { serviceProvider: clinic } : {}),
    }
    const setting: Setting = {
      subject: patient,
      encounter: { reference: `Encounter/${encounter.id}` },
      effectiveDateTime: dateTimeOf(day, minute + 5),
      performer: [performer],
    }
    const readings = measure(`${id}-${number}`, setting, body, { day, minute: minute + 5 }, random)
    const draw = { ...setting, effectiveDateTime: dateTimeOf(day, minute + 18) }
    const patientFacts = { health: body.health, gender: person.gender }
    return [
      encounter,
      ...readings,
      ...(index % 4 === 0 ? [bodyHeight(`${id}-${number}-height`, setting, body.health.heightCm)] : []),
      ...(index % 3 === 1
        ? laboratoryPanel(`${id}-${number}`, draw, patientFacts, { day, last }, random)
        : []),
    ]
  })
  return [
    ...visitResources,
    ...history(person, { id, patient, performer, health: body.health, visits, last }, random),
  ]
}

const measure = (
  id: string,
  setting: Setting,
  body: Body,
  when: { day: Day; minute: number },
  random: Random,
): Observation[] => {
  const pressure = body.pressure(when.day, when.minute, random)
  return [
    bloodPressure(`${id}-pressure`, setting, pressure),
    // Dressed, after breakfast.
    bodyWeight(`${id}-weight`, setting, roundTo(body.weight(when.day, random) + 0.8, 1)),
    heartRate(`${id}-pulse`, setting, pressure.heartRate),
  ]
}

const knownVisits: Readonly<Record<string, readonly number[]>> = {
  [johnDoe.key]: [1090, 995, 910, 815, 720, 640, 545, 455, 358, 340, 280, 190, 100, 45, 12],
  [janeDoe.key]: [2300, 1930, 1570, 1200, 1010, 830, 640, 465, 280, 95, 20],
}

/** The oldest first, on working days. */
const visitDays = (person: Person, random: Random, last: Day): Day[] => {
  const visitDays = knownVisits[person.key]
  if (visitDays) return visitDays.map((daysAgo) => workingDay(last - daysAgo))
  const visits: Day[] = []
  let daysAgo = random.whole(900, longestRecord - 100)
  for (; daysAgo > 2; daysAgo -= random.whole(110, 330)) visits.push(workingDay(last - daysAgo))
  return visits
}
