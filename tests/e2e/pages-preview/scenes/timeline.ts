import { DAY, device, MINUTE, nothing, now, patient } from '../people.ts'
import { problem, type Scenes, yes } from '../scene.ts'
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

/** A person's own vital signs in the popup, from one and from two organizations. */
export const timeline: Scenes = {
  patient: { state: both },
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
      page.getByRole('heading', { name: say('bmi'), exact: true }).scrollIntoViewIfNeeded(),
  },
  'kinds-table': {
    state: alone,
    answers: { vitals: yes(manyVitals) },
    act: async ({ page, say }) => {
      await page.getByText(say('show_as_table')).first().click()
      await page.getByRole('table', { name: say('blood_pressure') }).scrollIntoViewIfNeeded()
    },
  },
  ahead: {
    state: alone,
    answers: { vitals: yes(aheadVitals) },
    act: async ({ page, say }) => {
      await page.getByText(say('show_as_table')).last().click()
      await page.getByRole('table', { name: say('weight') }).scrollIntoViewIfNeeded()
      await page.getByText(say('date_ahead'), { exact: true }).waitFor()
      // Only in its row, because it is not the newest.
      await page.locator('.value', { hasText: /18[.,]2/ }).click({ trial: true })
    },
  },
  both: { state: both, answers: bothAnswer },
  'both-changed': { state: both, answers: vitalsOf(yes(clinicVitals), yes(changedVitals)) },
  'both-read': {
    state: both,
    answers: bothAnswer,
    act: ({ page }) => page.getByRole('img').first().press('End'),
  },
  'both-all': {
    state: both,
    answers: bothAnswer,
    act: ({ page, say }) => page.getByRole('radio', { name: say('span_all') }).check(),
  },
  'both-disagree': { state: both, answers: vitalsOf(yes(clinicVitals), yes(disagreeingVitals)) },
  'both-table': {
    state: both,
    answers: vitalsOf(yes(clinicVitals), yes(disagreeingVitals)),
    act: async ({ page, say }) => {
      await page.getByText(say('show_as_table')).last().click()
      await page.getByRole('table', { name: say('weight') }).scrollIntoViewIfNeeded()
    },
  },
  'both-shared': {
    state: both,
    answers: vitalsOf(yes(clinicVitals), yes(sharedVitals)),
    act: async ({ page, say }) => {
      await page.getByText(say('show_as_table')).last().click()
      await page.getByRole('table', { name: say('weight') }).scrollIntoViewIfNeeded()
    },
  },
  'both-waiting': { state: both, answers: vitalsOf(yes(clinicVitals), 'never') },
  'both-empty': { state: both, answers: vitalsOf(yes(noVitals), yes(deviceVitals)) },
  'both-refused': { state: both, answers: vitalsOf(yes(clinicVitals), problem('refused')) },
  'both-unreachable': { state: both, answers: vitalsOf(yes(clinicVitals), problem('unreachable')) },
  'both-away': {
    state: both,
    answers: vitalsOf(
      yes({ ...clinicVitals, readAt: now - 780 * MINUTE, copyBecause: { code: 'unreachable' } }),
      yes({ ...deviceVitals, readAt: now - 120 * MINUTE, copyBecause: { code: 'too-slow' } }),
    ),
    act: ({ page }) => page.locator('.notice summary').click(),
  },
  'both-stopped': {
    state: {
      connections: [
        {
          ...patient,
          can: { ...patient.can, readVitals: false, readLists: [], readAccessLog: false },
          stopped: { readVitals: true, readLists: patient.can.readLists, readAccessLog: true },
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
