import type { RecordEntry } from '../../../../extension/messages/record-lists.ts'
import { entryOf } from '../../../fixtures/entries.ts'
import { administrator, clinician, dead, janes, now } from '../people.ts'
import { type Answers, type Look, problem, type Scenes, yes } from '../scene.ts'
import { sources } from '../vitals.ts'

const search = async ({ button, field }: Look) => {
  await field('birthdate').fill('1980-01-15')
  await button('search_patients').click()
}

const open = async (look: Look) => {
  await search(look)
  await look.page.getByRole('button', { name: /Springfield/ }).click()
}

const list = (...entries: RecordEntry[]) =>
  yes({
    entries: entries.map((entry) => ({ ...entry, source: sources.clinic })),
    cut: false,
    readAt: now,
  })
const opened: Answers = {
  'record-list AllergyIntolerance': list(
    entryOf('AllergyIntolerance', 'Penicillin', { date: '2014' }),
    entryOf('AllergyIntolerance', 'Latex'),
  ),
  'record-list Condition': list(
    entryOf('Condition', 'High blood pressure', { date: '2021-03' }),
    entryOf('Condition', 'Type 2 diabetes', { date: '2023-08' }),
    entryOf('Condition', 'Sinusitis', { date: '2019-11', state: 'resolved' }),
  ),
  'record-list MedicationRequest': list(
    entryOf('MedicationRequest', 'Amlodipine 5 mg', { date: '2021-03-08' }),
    entryOf('MedicationRequest', 'Metformin 500 mg', { date: '2023-08-21' }),
  ),
  'record-list MedicationStatement': list(),
}

/** States for professionals: a clinician's search in the popup, and an administrator's way to the options. */
export const searching: Scenes = {
  clinician: { state: { connections: [clinician] } },
  found: { state: { connections: [clinician] }, act: search },
  recent: { state: { connections: [{ ...clinician, recentPatients: [...janes, dead] }] } },
  'found-dead': {
    state: { connections: [clinician] },
    answers: { 'search-patients': yes({ patients: [dead, ...janes], total: 3 }) },
    act: async ({ page, field }) => {
      await field('search_anything').fill('doe 15 jan 1980')
      await page.getByRole('button', { name: dead.name }).waitFor()
    },
  },
  'half-typed': {
    state: { connections: [{ ...clinician, recentPatients: janes }] },
    act: ({ field }) => field('search_anything').fill('doe'),
  },
  'no-such-date': {
    state: { connections: [clinician] },
    act: async ({ button, field }) => {
      await field('search_anything').fill('31.2.1980')
      await button('search_patients').click()
    },
  },
  opened: { state: { connections: [clinician] }, answers: opened, act: open, narrow: true },
  'opened-empty': {
    state: { connections: [clinician] },
    answers: {
      ...opened,
      'record-list AllergyIntolerance': list(),
      'record-list Condition': problem('unreachable'),
      'record-list MedicationRequest': list(),
    },
    act: open,
  },
  'found-nothing': {
    state: { connections: [clinician] },
    answers: { 'search-patients': yes({ patients: [], total: 0 }) },
    act: search,
  },
  'birthdate-wrong': {
    state: { connections: [clinician] },
    act: async ({ button, field }) => {
      await field('birthdate').fill('15.1.80')
      await button('search_patients').click()
    },
  },
  administrator: { state: { connections: [administrator] } },
}
