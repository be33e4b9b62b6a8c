import { device, patient, providers } from '../people.ts'
import { problem, type Scenes, yes } from '../scene.ts'
import { clinicVitals, deviceVitals, sources, vitalsOf } from '../vitals.ts'
import { openSheet } from './organizations.ts'

const hosts = [
  'records.riverside.example',
  'riverside-records.login.portal-of-all-hospitals.evil.example:8443',
]
const labels = hosts.map((host) => `Riverside Clinic (${host})`)

const namesakes = providers.map((provider, at) => {
  const [label, host] = [labels[at], hosts[at]]
  return label && host ? { ...provider, name: 'Riverside Clinic', label, host } : provider
})
const [clinic, evil] = [patient, device].map((connection, at) => ({
  ...connection,
  providerName: labels[at] ?? '',
  host: hosts[at] ?? '',
})) as [typeof patient, typeof device]
const state = { providers: namesakes, connections: [clinic, evil] }

const renamed = JSON.parse(
  JSON.stringify([clinicVitals, deviceVitals])
    .replaceAll(
      JSON.stringify(sources.clinic),
      JSON.stringify({ ...sources.clinic, name: labels[0], host: hosts[0] }),
    )
    .replaceAll(
      JSON.stringify(sources.device),
      JSON.stringify({ ...sources.device, name: labels[1], host: hosts[1] }),
    ),
)
const answers = vitalsOf(yes(renamed[0]), yes(renamed[1]))

/** Two organizations with the same name, one of them at a long address; and the notice about one that sends too much. */
export const names: Scenes = {
  'namesakes-home': { state: { ...state, place: { home: true } } },
  namesakes: { state, answers },
  'namesakes-table': {
    state,
    answers,
    act: ({ page, say }) => page.getByRole('button', { name: new RegExp(`^${say('weight')}`) }).click(),
  },
  'namesakes-sheet': { state, answers, act: openSheet },
  'namesakes-remove': {
    state: { ...state, place: { connectionId: 'c1', managed: 'c2' } },
    act: ({ button }) => button('remove_connection').click(),
  },
  'namesakes-disconnect': {
    state: { ...state, place: { home: true } },
    act: async (look) => {
      await openSheet(look)
      await look.button('sign_out_all').click()
    },
  },
  'namesakes-alarm': {
    state: { ...state, connections: [{ ...clinic, logAlarm: true }, evil] },
    answers,
  },
  'too-large': {
    state: { connections: [patient, device] },
    answers: vitalsOf(
      yes({
        ...clinicVitals,
        cut: true,
        warning: { code: 'too-large', details: { what: '20 MB' } },
      }),
      problem('too-many-values'),
    ),
  },
}

export const namesInSummary: Scenes = {
  namesakes: { state, answers, print: true },
  'taken-cut': {
    state,
    answers: {
      ...answers,
      'export-record': problem('too-large', { what: '100 MB' }),
      'export-record c2': yes({ entries: [{ fullUrl: 'urn:1', json: '{}' }], resources: 12 }),
    },
    act: ({ button }) => button('summary_record').click(),
  },
}

export const namesInOptions: Scenes = { namesakes: { state } }
