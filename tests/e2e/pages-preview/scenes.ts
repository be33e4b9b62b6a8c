import type { AccessEntry, LogProof } from '../../../extension/messages/access-log.ts'
import type { Code } from '../../../extension/messages/errors.ts'
import type { Answer, RequestName } from '../../../extension/messages/protocol.ts'
import type { Connection, State } from '../../../extension/messages/state.ts'
import type { Reading, Vitals } from '../../../extension/messages/vitals.ts'
import { pressureOf, weightOf } from '../../fixtures/readings.ts'

/** What a worker would answer, so that every state of the pages can be looked at. Not a test of anything else. */
export interface Scene {
  state: State
  /** `vitals c2` is what the connection `c2` is answered, where it is not what all are. */
  answers: { [N in RequestName]?: Answer<N> | 'never' } & { 'vitals c2'?: Answer<'vitals'> | 'never' }
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

const sourceOf = ({ id, providerName, hue }: Connection) => ({ connectionId: id, name: providerName, hue })
const sources = { clinic: sourceOf(patient), device: sourceOf(device) }

/** A year and more, every `every` days, that goes up and down a little. */
const several = (every: number, source: Reading['source'], reading: (days: number) => Reading): Reading[] =>
  Array.from({ length: Math.floor(420 / every) }, (_, index) => reading(3 + index * every)).map(
    (each, index) => ({
      ...each,
      id: `${source.connectionId}-${each.unit}-${index}`,
    }),
  )
const wave = (days: number, size: number) => Math.sin(days / 17) * size + Math.sin(days / 5) * (size / 2)
const pressures = (every: number, source: Reading['source']) =>
  several(every, source, (days) =>
    pressureOf(
      [Math.round(128 + days / 60 + wave(days, 4)), Math.round(81 + days / 90 + wave(days, 3))],
      daysAgo(days),
      source,
    ),
  )
const weights = (every: number, source: Reading['source']) =>
  several(every, source, (days) =>
    weightOf((81.2 + days / 70 + wave(days, 0.4)).toFixed(1), daysAgo(days), source),
  )
const noVitals: Vitals = { patient: john, bloodPressure: [], weight: [], cut: false, readAt: now }
const clinicVitals: Vitals = {
  ...noVitals,
  bloodPressure: pressures(52, sources.clinic),
  weight: weights(78, sources.clinic),
}
const deviceVitals: Vitals = {
  ...noVitals,
  bloodPressure: pressures(4, sources.device),
  weight: [
    ...weights(4, sources.device),
    { ...weightOf('81.9', daysAgo(420), sources.device, 'lb'), recorded: '180.6 lb' },
    { ...weightOf('170', daysAgo(430), sources.device, 'jin'), unit: 'jin', amounts: [] },
  ],
  cut: true,
}
const disagreeing: Vitals = {
  ...deviceVitals,
  weight: deviceVitals.weight.map((reading, index) =>
    index === 0 ? weightOf('83.4', reading.taken, sources.device, 'other') : reading,
  ),
}
const old: Vitals = {
  ...noVitals,
  bloodPressure: [pressureOf([128, null], daysAgo(500), sources.clinic)],
  weight: [weightOf('81', '2025-03', sources.clinic)],
}
const both = { connections: [patient, device] }
/** What each of the two answers. */
const answers = (clinic: Answer<'vitals'>, other: Answer<'vitals'> | 'never'): Scene['answers'] => ({
  vitals: clinic,
  'vitals c2': other,
})
const yes = (value: Vitals) => ({ ok: true as const, value })
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
    vitals: yes(clinicVitals),
    'access-log': { ok: true, value: { entries, next: 'more', proof: proven } },
    'search-patients': { ok: true, value: { patients: janes, total: 2 } },
    'registered-clients': {
      ok: true,
      value: [
        {
          id: 'r1',
          organization: 'Riverside Clinic',
          clientId: '5b2f0f4e-0a41-4b43-8d0e-2a1f',
          clientName: 'Chart Viewer',
          hasSecret: true,
          registeredAt: now - 3 * DAY,
        },
      ],
    },
    'search-brands': {
      ok: true,
      value: {
        brands: [
          { name: 'Riverside Clinic', place: 'Springfield, IL', fhirBase: 'https://riverside.example/fhir' },
          {
            name: 'Hôpital Universitaire Sainte-Marie-des-Champs',
            place: 'Lyon, FR',
            portal: { name: 'Mon dossier', address: 'https://marie.example/' },
            fhirBase: 'https://marie.example/r4/fhir',
          },
        ],
        total: 31,
      },
    },
    'plan-import': {
      ok: true,
      value: {
        added: ['Riverside Clinic'],
        changed: ['Pulse Devices'],
        unchanged: [],
        signedOut: ['Pulse Devices'],
        faults: [],
      },
    },
    'disconnect-everywhere': {
      ok: true,
      value: (['revoked', 'unreachable'] as const).map((outcome, at) => ({
        connectionId: `c${at + 1}`,
        outcome,
      })),
    },
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
      vitals: { ok: true, value: noVitals },
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
  'log-own-reads': scene(both, {
    'access-log': {
      ok: true,
      value: {
        entries,
        proof: proven,
        own: { foreign: ['0'], missing: [{ id: 'r', at: now - DAY, what: 'Observation' }] },
        seen: { upTo: daysAgo(2), at: now - 2 * DAY },
      },
    },
  }),
  'log-banner': scene({ connections: [{ ...patient, logAlarm: true }] }),
  'log-shrank': log({ outcome: 'alarm', reason: 'shrank', since: now - 3 * DAY }),
  'log-unchecked': log({ outcome: 'unchecked', problem: { code: 'too-slow' } }),
  'log-unprovable': log({ outcome: 'unprovable' }),
  both: scene(both, answers(yes(clinicVitals), yes(deviceVitals))),
  'both-disagree': scene(both, answers(yes(clinicVitals), yes(disagreeing))),
  'both-waiting': scene(both, answers(yes(clinicVitals), 'never')),
  'both-empty': scene(both, answers(yes(noVitals), yes(deviceVitals))),
  'both-refused': scene(both, answers(yes(clinicVitals), problem('refused'))),
  'both-unreachable': scene(both, answers(yes(clinicVitals), problem('unreachable'))),
  'both-copy': scene(
    both,
    answers(
      yes({ ...clinicVitals, readAt: now - 2 * DAY, copyBecause: { code: 'unreachable' } }),
      yes(deviceVitals),
    ),
  ),
  'ends-soon': scene({ connections: [{ ...patient, endsAt: now + 4.5 * 60_000 }, device] }),
  moved: scene({ connections: [{ ...patient, signedIn: false, endedBy: 'provider-changed' }] }),
  'two-patients': scene({
    connections: [patient, { ...patient, id: 'c6', patient: { ...john, id: '3', name: 'Amy Doe' } }],
    place: { home: true },
  }),
  'both-not-asked': scene(
    { connections: [patient, { ...device, can: { ...can, readVitals: false } }] },
    answers(yes(clinicVitals), 'never'),
  ),
  'long-ago': scene({ connections: [patient] }, { vitals: yes(old) }),
  'other-person': scene({
    connections: [
      patient,
      device,
      {
        ...device,
        id: 'c5',
        person: { name: 'Jane Doe', role: 'patient' },
        patient: { ...john, name: 'Jane Doe' },
      },
    ],
  }),
  clinician: scene({ connections: [clinician] }),
  'found-nothing': scene(
    { connections: [clinician] },
    { 'search-patients': { ok: true, value: { patients: [], total: 0 } } },
  ),
  administrator: scene({ connections: [administrator] }),
  managed: scene({
    connections: [administrator],
    providers: providers.map((provider, hue) =>
      hue === 2 ? { ...provider, builtIn: true, managed: true } : provider,
    ),
    policy: {
      allowedProviders: ['https://records.clinic.example', 'http://localhost:3100'],
      forbiddenScopes: ['user/*.rs', 'client.register'],
      longestWindow: 'day',
      locked: ['providers', 'applications'],
    },
  }),
  'scan-fails': scene({}, { autoscan: problem('unreachable') }),
}
