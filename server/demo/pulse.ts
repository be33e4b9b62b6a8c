import type { Device, Resource } from '@medplum/fhirtypes'
import {
  type HomeReading,
  homeObservation,
  homeReadings,
  pulseDevices,
  readingIdentifier,
} from './home-readings.ts'
import { fullName, janeDoe, johnDoe, makePeople, type Person, patientOf } from './people.ts'
import { randomFrom } from './random.ts'

const maker = { reference: 'Organization/pulse-devices', display: 'Pulse Devices' }

/**
 * Returns the whole record of Pulse Devices at the end of the day before `asOf` (`YYYY-MM-DD`): the same text for the same day.
 */
export const pulseRecords = (asOf: string): Resource[] => [
  { resourceType: 'Organization', id: 'pulse-devices', active: true, name: 'Pulse Devices' },
  ...[janeDoe, johnDoe, ...makePeople('u', 58)].flatMap((person, index) => recordOf(person, index, asOf)),
]

const recordOf = (person: Person, index: number, asOf: string): Resource[] => {
  const random = randomFrom(`pulse ${person.key}`)
  const id = `pd-${person.key}`
  const patient = patientOf(person, id, {
    use: 'usual',
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'AN' }] },
    system: 'http://pulse-devices.example/account',
    value: `PD-${String(50_000 + ((index * 7919 + 311) % 40_000))}`,
  })
  const subject = { reference: `Patient/${id}`, display: fullName(person) }
  const serial = () => random.whole(100_000, 999_999)
  const devices = {
    weight: device(`${id}-scale`, pulseDevices.weight, 'Body weight scale', subject, serial()),
    pressure: device(`${id}-cuff`, pulseDevices.pressure, 'Blood pressure cuff', subject, serial()),
  } satisfies Record<HomeReading['kind'], Device>
  // The Does' scale shows kilograms; half of the others show pounds.
  const pounds = random.chance(0.5) && person.family !== 'Doe'
  const readings = homeReadings(person, asOf).map((reading) =>
    homeObservation(
      `${id}-${reading.name}`,
      reading,
      {
        identifier: [readingIdentifier(person, reading)],
        subject,
        performer: [subject],
        device: {
          reference: `Device/${devices[reading.kind].id}`,
          display: pulseDevices[reading.kind],
        },
      },
      pounds ? 'lb' : 'kg',
    ),
  )
  return [patient, ...Object.values(devices), ...readings]
}

const device = (
  id: string,
  name: string,
  kind: string,
  patient: { reference: string; display: string },
  serial: number,
): Device => ({
  resourceType: 'Device',
  id,
  status: 'active',
  manufacturer: 'Pulse Devices',
  serialNumber: String(serial),
  deviceName: [{ name, type: 'user-friendly-name' }],
  type: { text: kind },
  patient,
  owner: maker,
})
