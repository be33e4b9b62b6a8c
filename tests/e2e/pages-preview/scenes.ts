import type { AccessEntry, LogProof } from '../../../extension/messages/access-log.ts'
import type { Code } from '../../../extension/messages/errors.ts'
import type { Answer, RequestName } from '../../../extension/messages/protocol.ts'
import type { Connection, State } from '../../../extension/messages/state.ts'

/** What a worker would answer, so that every state of the pages can be looked at. Not a test of anything else. */
export interface Scene {
  state: State
  answers: { [N in RequestName]?: Answer<N> | 'never' }
}

const redirectUri = 'https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/'
const now = Date.now()
const DAY = 86_400_000
const daysAgo = (days: number): string => new Date(now - days * DAY - 5_000_000).toISOString()

const providers: State['providers'] = [
  { name: 'Riverside Clinic', about: 'Springfield · patient portal', port: 3100 },
  { name: 'Pulse Devices', about: 'scales and blood pressure cuffs', port: 3200 },
  { name: 'Hôpital Universitaire Sainte-Marie-des-Champs', port: 3300 },
].map(({ port, ...provider }, hue) => ({
  ...provider,
  id: `provider-${hue}`,
  hue,
  builtIn: hue < 2,
  fhirBase: `http://localhost:${port}/fhir`,
  clientId: 'carekey',
  hasSecret: hue === 2,
  redirectUri,
  authorizationEndpoint: `http://localhost:${port}/oauth/authorize`,
}))

const john = { id: '2', name: 'John Doe', birthDate: '1972-03-04', gender: 'male', identifiers: [] }
const can = { readVitals: true, searchPatients: true, readAccessLog: true, registerApplications: false }
const patient: Connection = {
  id: 'c1',
  providerId: 'provider-0',
  providerName: 'Riverside Clinic',
  hue: 0,
  person: { name: 'John Doe', role: 'patient' },
  patient: john,
  signedIn: true,
  staysConnected: false,
  endsAt: now + 47.5 * 60_000,
  can,
}
const device: Connection = {
  ...patient,
  id: 'c2',
  providerId: 'provider-1',
  providerName: 'Pulse Devices',
  hue: 1,
  staysConnected: true,
  endsAt: now + 30 * DAY,
}
const clinician: Connection = { ...patient, id: 'c3', person: { name: 'Dr. Lee', role: 'clinician' }, can }
delete clinician.patient
const administrator: Connection = {
  ...clinician,
  id: 'c4',
  person: { name: 'Ada Administrator', role: 'administrator' },
  can: { ...can, readVitals: false, registerApplications: true },
}

const readings = (values: string[], unit: string) =>
  values.map((value, index) => ({
    id: `${unit}-${index}`,
    taken: daysAgo(3 + index * 26),
    value,
    unit,
    source: index % 3 === 1 ? 'Pulse Devices' : 'Riverside Clinic',
  }))
const vitals = {
  patient: john,
  bloodPressure: readings(
    ['128/82', '126/80', '131/84', '127/81', '133/86', '129/82', '134/85', '130/84'],
    'mmHg',
  ),
  weight: readings(['81.2', '81.9', '82.6', '82.4', '83.1', '83.0', '83.8', '83.6', '84'], 'kg'),
  cut: false,
  readAt: now,
}
const entries = [
  { kind: 'read', who: 'John Doe', application: 'Carekey', what: 'Patient/2', days: 0 },
  {
    kind: 'search',
    who: 'Dr. Lee',
    application: 'Chart Viewer',
    what: 'Observation?patient=2&code=85354-9',
    days: 0,
  },
  {
    kind: 'search',
    who: 'Heart Coach',
    application: 'Heart Coach',
    what: 'Condition?patient=2',
    days: 1,
    outcome: 'refused',
  },
  { kind: 'consent', who: 'John Doe', application: 'Carekey', days: 1 },
  { kind: 'sign-in', who: 'John Doe', days: 12, outcome: 'failed' },
].map(({ days, outcome, ...entry }, index) => ({
  ...entry,
  kind: entry.kind as AccessEntry['kind'],
  id: String(index),
  recorded: daysAgo(days),
  outcome: (outcome ?? 'success') as 'success',
}))
const janes = ['Springfield', 'Shelbyville'].map((place, index) => ({
  id: `j${index}`,
  name: 'Jane Doe',
  birthDate: '1980-01-15',
  gender: 'female',
  identifiers: [{ label: 'MRN', value: `10024${index}` }],
  place,
}))

const scene = (state: Partial<State>, answers: Scene['answers'] = {}): Scene => ({
  state: { providers, connections: [], launched: [], place: {}, redirectUri, ...state },
  answers: {
    vitals: { ok: true, value: vitals },
    'access-log': { ok: true, value: { entries, next: 'more', proof: proven } },
    'search-patients': { ok: true, value: { patients: janes, total: 2 } },
    'sign-out': { ok: true, value: { revoked: false } },
    'save-provider': {
      ok: true,
      value: { ...providers[2], name: 'Saved Clinic' } as State['providers'][number],
    },
    'register-application': {
      ok: true,
      value: { clientId: '5b2f0f4e-0a41-4b43-8d0e-2a1f', clientSecret: 'hQ8mEo3wT0n5y1JmI0a3rQ2cVw' },
    },
    autoscan: {
      ok: true,
      value: {
        name: 'Riverside Clinic',
        fhirBase: 'http://localhost:3100/fhir',
        authorizationEndpoint: 'http://localhost:3100/oauth/authorize',
        tokenEndpoint: '',
        redirectUri,
        source: 'smart-configuration',
        findings: [
          { level: 'good', code: 's256-offered' },
          { level: 'should', code: 'loopback-http' },
          { level: 'must', code: 'plain-offered' },
        ],
      },
    },
    ...answers,
  },
})

const proven: LogProof = { outcome: 'proven', at: now, since: now - 3 * DAY, proven: 48, pending: 2 }
const log = (proof: LogProof): Scene =>
  scene({ connections: [patient] }, { 'access-log': { ok: true, value: { entries, proof } } })

const problem = (code: Code) => ({ ok: false as const, error: { code } })
const flow = { providerId: 'provider-0', purpose: 'record' as const, startedAt: now }
const refused = {
  readVitals: false,
  searchPatients: false,
  readAccessLog: false,
  registerApplications: false,
}

export const scenes: Record<string, Scene> = {
  first: scene({}),
  none: scene({ providers: [] }),
  'flow-open': scene({ flow: { ...flow, status: 'open' } }),
  'flow-failed': scene({ flow: { ...flow, status: 'failed', error: { code: 'denied-by-person' } } }),
  'signed-out': scene({ connections: [{ ...patient, signedIn: false }] }),
  patient: scene({ connections: [patient, device] }),
  loading: scene({ connections: [patient] }, { vitals: 'never', 'access-log': 'never' }),
  empty: scene(
    { connections: [patient] },
    {
      vitals: { ok: true, value: { ...vitals, bloodPressure: [], weight: [] } },
      'access-log': { ok: true, value: { entries: [], proof: { outcome: 'unprovable' } } },
    },
  ),
  refused: scene({ connections: [{ ...patient, can: refused }] }),
  unreachable: scene(
    { connections: [patient] },
    { vitals: problem('unreachable'), 'access-log': problem('session-ended') },
  ),
  'log-first': log({ outcome: 'proven', at: now, proven: 50, pending: 0 }),
  'log-altered': log({
    outcome: 'alarm',
    reason: 'altered',
    entry: { id: '0b7c9c1e-6f0e-4d53-9f6a-1f5f6f4be2b1', recorded: daysAgo(1) },
  }),
  'log-shrank': log({ outcome: 'alarm', reason: 'shrank', since: now - 3 * DAY }),
  'log-unchecked': log({ outcome: 'unchecked', problem: { code: 'too-slow' } }),
  'log-unprovable': log({ outcome: 'unprovable' }),
  clinician: scene({ connections: [clinician] }),
  'found-nothing': scene(
    { connections: [clinician] },
    { 'search-patients': { ok: true, value: { patients: [], total: 0 } } },
  ),
  administrator: scene({ connections: [administrator] }),
  'scan-fails': scene({}, { autoscan: problem('unreachable') }),
}
