import { entryOf } from '../../fixtures/entries.ts'
import { logPage, proven } from './access.ts'
import { heads } from './log-heads.ts'
import { DAY, janes, LONG_NAME, MINUTE, now, providers, redirectUri } from './people.ts'
import { type Answers, yes } from './scene.ts'
import { clinicVitals, sources } from './vitals.ts'

const registered = { clientId: '5b2f0f4e-0a41-4b43-8d0e-2a1f', clientSecret: 'hQ8mEo3wT0n5y1JmI0a3rQ2cVw' }

/** The answers unless a scene gives others. */
export const usualAnswers: Answers = {
  vitals: yes(clinicVitals),
  'record-list AllergyIntolerance': yes({
    entries: ['Penicillin', 'Latex'].map((name) =>
      entryOf('AllergyIntolerance', name, { source: sources.clinic }),
    ),
    cut: false,
    readAt: now,
  }),
  'last-read': yes(now - 26 * MINUTE),
  'access-log': yes({ ...logPage, next: 'more' }),
  'access-log-verdict': yes({ proof: proven }),
  'log-heads': yes({ heads, forks: [] }),
  'search-patients': yes({ patients: janes, total: 2 }),
  applications: yes({
    applications: [
      {
        ...{ clientId: 'carekey', clientName: 'Carekey', registeredAt: now - 90 * DAY },
        redirectUris: ['https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/'],
        ...{ hasSecret: false, disabled: false, editable: true, inUse: true },
        scope:
          'openid fhirUser offline_access launch/patient patient/*.rs user/AuditEvent.rs client.register',
        use: { people: 101, isAll: false },
      },
      {
        ...{ clientId: registered.clientId, clientName: 'Chart Viewer', registeredAt: now - 3 * DAY },
        redirectUris: ['https://viewer.example/', 'https://viewer.example/a/long/way/to/the/callback'],
        scope: 'openid fhirUser launch patient/Patient.rs patient/Observation.rs?category=vital-signs',
        ...{ hasSecret: true, disabled: false, editable: true, inUse: false },
        use: { people: 14, isAll: true, lastUsedAt: now - DAY },
      },
      {
        ...{ clientId: 'night-job', clientName: LONG_NAME, redirectUris: [] },
        ...{ hasSecret: false, disabled: true, editable: false, inUse: false },
      },
    ],
    next: 'night-job',
  }),
  'change-application': yes({
    ...{ ...registered, clientName: 'Chart Viewer', redirectUris: ['https://viewer.example/'] },
    ...{ hasSecret: true, disabled: false, editable: true, inUse: false },
  }),
  'registered-clients': yes([
    {
      id: 'r1',
      organization: 'Riverside Clinic',
      clientId: registered.clientId,
      clientName: 'Chart Viewer',
      hasSecret: true,
      registeredAt: now - 3 * DAY,
    },
  ]),
  'search-brands': yes({
    brands: [
      { name: 'Riverside Clinic', place: 'Springfield, IL', fhirBase: 'https://riverside.example/fhir' },
      {
        name: LONG_NAME,
        place: 'Lyon, FR',
        portal: { name: 'Mon dossier', address: 'https://marie.example/' },
        fhirBase: 'https://marie.example/r4/fhir',
      },
    ],
    total: 31,
  }),
  'plan-import': yes({
    added: ['Riverside Clinic'],
    changed: [
      {
        name: 'Pulse Devices',
        changes: [
          { member: 'name', from: 'Pulse Devices', to: 'Pulse Devices of the Western Counties' },
          {
            member: 'authorizationEndpoint',
            from: 'https://pulse.example/oauth/authorize',
            to: 'https://login.elsewhere.example/oauth/authorize',
          },
        ],
      },
    ],
    foreign: [{ name: 'Pulse Devices', host: 'login.elsewhere.example' }],
    unchanged: [],
    signedOut: ['Pulse Devices'],
    faults: [],
  }),
  'disconnect-everywhere': yes(
    (['revoked', 'unreachable'] as const).map((outcome, at) => ({ connectionId: `c${at + 1}`, outcome })),
  ),
  'sign-out': yes({ outcome: 'unreachable' }),
  'save-provider': yes(providers[2] ? { ...providers[2], name: 'Saved Clinic' } : (undefined as never)),
  'register-application': yes(registered),
  autoscan: yes({
    name: 'Riverside Clinic',
    fhirBase: 'http://localhost:3100/fhir',
    authorization_endpoint: 'http://localhost:3100/oauth/authorize',
    token_endpoint: '',
    redirectUri,
    source: 'smart-configuration',
    findings: [
      { level: 'good', code: 's256-offered' },
      { level: 'should', code: 'loopback-http' },
      { level: 'must', code: 'plain-offered' },
    ],
  }),
}
