import { recordTypes } from '../../../extension/messages/record-lists.ts'
import type { Connection, State } from '../../../extension/messages/state.ts'

/** The time of the pictures, a Tuesday in autumn, so that they are the same every day. */
export const now = Date.parse('2026-11-24T13:02:00Z')
export const MINUTE = 60_000
export const DAY = 86_400_000
/** Returns the time an hour and 23 minutes before now, this many days ago. */
export const daysAgo = (days: number): string => new Date(now - days * DAY - 83 * MINUTE).toISOString()

export const redirectUri = 'https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/'
export const LONG_NAME = 'Hôpital Universitaire Sainte-Marie-des-Champs'

export const providers: State['providers'] = [
  { name: 'Riverside Clinic', about: 'Springfield · patient portal', port: 3100 },
  { name: 'Pulse Devices', about: 'scales and blood pressure cuffs', port: 3200 },
  { name: LONG_NAME, port: 3300 },
].map(({ port, ...provider }, hue) => ({
  ...provider,
  label: provider.name,
  host: `localhost:${port}`,
  id: `provider-${hue}`,
  hue,
  builtIn: hue < 2,
  fhirBase: `http://localhost:${port}/fhir`,
  clientId: 'carekey',
  hasSecret: hue === 2,
  redirectUri,
  authorizationEndpoint: `http://localhost:${port}/oauth/authorize`,
}))

export const john = { id: '2', name: 'John Doe', birthDate: '1972-03-04', gender: 'male', identifiers: [] }
export const janes = ['Springfield', 'Shelbyville'].map((place, index) => ({
  id: `j${index}`,
  name: 'Jane Doe',
  birthDate: '1980-01-15',
  gender: 'female',
  identifiers: [{ label: 'MRN', value: `10024${index}` }],
  place,
}))
export const dead = {
  id: 'd1',
  name: 'Maximiliana Bartholomea von Hohenstein-Doe',
  birthDate: '1906-07-14',
  deceased: '1979-03-02',
  gender: 'female',
  identifiers: [{ label: 'MR', value: '112130' }],
  place: 'Springfield',
}

const can = {
  readVitals: true,
  readLists: recordTypes,
  limited: [],
  readRest: 'all' as const,
  searchPatients: true,
  readAccessLog: true,
  registerApplications: false,
}
export const nothing = {
  readVitals: false,
  readLists: [],
  limited: [],
  searchPatients: false,
  readAccessLog: false,
  registerApplications: false,
}

export const patient: Connection = {
  id: 'c1',
  providerId: 'provider-0',
  providerName: 'Riverside Clinic',
  host: 'localhost:3100',
  hue: 0,
  person: { name: 'John Doe', role: 'patient' },
  patient: john,
  samePerson: 'john',
  signedIn: true,
  staysConnected: false,
  endsAt: now + 47.5 * MINUTE,
  can,
}
export const device: Connection = {
  ...patient,
  id: 'c2',
  providerId: 'provider-1',
  providerName: 'Pulse Devices',
  host: 'localhost:3200',
  hue: 1,
  staysConnected: true,
  endsAt: now + 30 * DAY,
}
const { patient: _none, ...nobody } = patient
/** John at both organizations, before he said that both records are his. */
export const { samePerson: _atClinic, ...patientUnasked } = patient
export const { samePerson: _atDevice, ...deviceUnasked } = device
export const clinician: Connection = { ...nobody, id: 'c3', person: { name: 'Dr. Lee', role: 'clinician' } }
export const administrator: Connection = {
  ...nobody,
  id: 'c4',
  person: { name: 'Ada Administrator', role: 'administrator' },
  can: { ...can, readVitals: false, registerApplications: true },
}
