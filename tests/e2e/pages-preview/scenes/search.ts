import { administrator, clinician, dead, janes } from '../people.ts'
import { type Look, type Scenes, yes } from '../scene.ts'

const search = async ({ button, field }: Look) => {
  await field('birthdate').fill('1980-01-15')
  await button('search_patients').click()
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
  opened: {
    state: { connections: [clinician] },
    act: async (look) => {
      await search(look)
      await look.page.getByRole('button', { name: /Springfield/ }).click()
    },
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
