import { DAY, device, MINUTE, nothing, now, patient } from '../people.ts'
import { type Look, problem, type Scenes, yes } from '../scene.ts'
import {
  aheadVitals,
  changedVitals,
  clinicVitals,
  deviceVitals,
  disagreeingVitals,
  manyVitals,
  noVitals,
  oldVitals,
  sharedVitals,
  vitalsOf,
} from '../vitals.ts'

const alone = { connections: [patient] }
const both = { connections: [patient, device] }
const bothAnswer = vitalsOf(yes(clinicVitals), yes(deviceVitals))

/** Opens the detail of a kind. */
const detail =
  (kind: 'blood_pressure' | 'weight') =>
  ({ page, say }: Look) =>
    page.getByRole('button', { name: new RegExp(`^${say(kind)}`) }).click()

/** A person's own vital signs in the popup, from one and from two organizations. */
export const timeline: Scenes = {
  patient: { state: both, narrow: true },
  loading: { state: alone, answers: { vitals: 'never', 'access-log': 'never' } },
  empty: {
    state: alone,
    answers: {
      vitals: yes(noVitals),
      'access-log': yes({ readAt: now, entries: [], check: '1' }),
      'access-log-verdict': yes({ proof: { outcome: 'unprovable' } }),
    },
  },
  refused: { state: { connections: [{ ...patient, can: nothing }] } },
  unreachable: {
    state: alone,
    answers: { vitals: problem('unreachable'), 'access-log': problem('session-ended') },
  },
  'long-ago': { state: alone, answers: { vitals: yes(oldVitals) } },
  kinds: { state: alone, answers: { vitals: yes(manyVitals) } },
  'kinds-below': {
    state: alone,
    answers: { vitals: yes(manyVitals) },
    act: ({ page, say }) =>
      page.getByRole('button', { name: new RegExp(`^${say('bmi')}`) }).scrollIntoViewIfNeeded(),
  },
  'kinds-table': {
    state: alone,
    answers: { vitals: yes(manyVitals) },
    act: async (look) => {
      await detail('blood_pressure')(look)
      await look.page.getByRole('table').scrollIntoViewIfNeeded()
    },
  },
  ahead: {
    state: alone,
    answers: { vitals: yes(aheadVitals) },
    act: async (look) => {
      const { page, say } = look
      await detail('weight')(look)
      await page.getByRole('table').scrollIntoViewIfNeeded()
      await page.getByText(say('date_ahead'), { exact: true }).waitFor()
      // Only in its row, because it is not the newest.
      await page.locator('.value', { hasText: /18[.,]2/ }).click({ trial: true })
    },
  },
  both: { state: both, answers: bothAnswer },
  'both-detail': { state: both, answers: bothAnswer, act: detail('blood_pressure') },
  'both-changed': { state: both, answers: vitalsOf(yes(clinicVitals), yes(changedVitals)) },
  'both-read': {
    state: both,
    answers: bothAnswer,
    act: async (look) => {
      await detail('blood_pressure')(look)
      await look.page.getByRole('img').press('End')
    },
  },
  'both-all': {
    state: both,
    answers: bothAnswer,
    act: async (look) => {
      await detail('blood_pressure')(look)
      await look.page.getByRole('radio', { name: look.say('span_all') }).check()
    },
  },
  'both-disagree': { state: both, answers: vitalsOf(yes(clinicVitals), yes(disagreeingVitals)) },
  'both-table': {
    state: both,
    answers: vitalsOf(yes(clinicVitals), yes(disagreeingVitals)),
    act: async (look) => {
      await detail('weight')(look)
      await look.page.getByRole('table').scrollIntoViewIfNeeded()
    },
  },
  'both-us': {
    state: { ...both, units: 'us' },
    answers: vitalsOf(yes(manyVitals), yes(sharedVitals)),
    act: detail('weight'),
    narrow: true,
  },
  'both-us-rows': {
    state: { ...both, units: 'us' },
    answers: vitalsOf(yes(manyVitals), yes(sharedVitals)),
  },
  'both-shared': {
    state: both,
    answers: vitalsOf(yes(clinicVitals), yes(sharedVitals)),
    act: async (look) => {
      await detail('weight')(look)
      await look.page.getByRole('table').scrollIntoViewIfNeeded()
    },
  },
  'both-waiting': {
    state: both,
    answers: vitalsOf(yes(clinicVitals), 'never'),
    act: ({ page, say }) => page.getByText(say('slow', device.providerName)).waitFor(),
  },
  'both-reading': {
    state: both,
    answers: {
      ...vitalsOf(yes(manyVitals), 'never'),
      'last-vitals c2': yes({ ...deviceVitals, readAt: now - 35 * MINUTE }),
    },
    act: ({ page, say }) => page.getByText(say('slow', device.providerName)).waitFor(),
  },
  'both-empty': { state: both, answers: vitalsOf(yes(noVitals), yes(deviceVitals)) },
  'both-refused': { state: both, answers: vitalsOf(yes(clinicVitals), problem('refused')) },
  'both-unreachable': { state: both, answers: vitalsOf(yes(clinicVitals), problem('unreachable')) },
  'both-away': {
    state: both,
    answers: vitalsOf(
      yes({ ...clinicVitals, readAt: now - 780 * MINUTE, copyBecause: { code: 'unreachable' } }),
      yes({ ...deviceVitals, readAt: now - 120 * MINUTE, copyBecause: { code: 'too-slow' } }),
    ),
  },
  'both-stopped': {
    state: {
      connections: [
        {
          ...patient,
          can: { ...patient.can, readVitals: false, readLists: [], readAccessLog: false },
          stopped: { readVitals: true, readLists: patient.can.readLists, readAccessLog: true, limited: [] },
        },
        device,
      ],
    },
    answers: vitalsOf(yes(clinicVitals), yes(deviceVitals)),
  },
  'both-copy': {
    state: both,
    answers: vitalsOf(
      yes({ ...clinicVitals, readAt: now - 2 * DAY, copyBecause: { code: 'unreachable' } }),
      yes(deviceVitals),
    ),
  },
  'both-not-asked': {
    state: { connections: [patient, { ...device, can: { ...device.can, readVitals: false } }] },
    answers: vitalsOf(yes(clinicVitals), 'never'),
  },
}
