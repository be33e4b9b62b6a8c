import { device, patient } from '../people.ts'
import { recordAnswers } from '../record-answers.ts'
import { type Look, problem, type Scene, type Scenes } from '../scene.ts'
import { sources } from '../vitals.ts'

type Word =
  | 'list_conditions'
  | 'list_medications'
  | 'list_allergies'
  | 'list_results'
  | 'list_visits'
  | 'list_procedures'
  | 'list_social'

/** A list with all of its entries open. */
const open =
  (list: Word) =>
  async ({ page, say }: Look) => {
    await page.getByRole('link', { name: say('record'), exact: true }).click()
    const record = page.getByRole('region', { name: say('record'), exact: true })
    const section = record.getByRole('region', { name: say(list), exact: true })
    // Again and again, because what stands above it moves it while it is read.
    await page.waitForFunction(
      (id) => {
        const section = document.getElementById(id)
        section?.scrollIntoView()
        return Boolean(section?.querySelector('.entries, .notice'))
      },
      list.replace('_', '-'),
    )
    for (const entry of await section.locator('.entries summary').all()) await entry.click()
    await section.getByRole('heading').scrollIntoViewIfNeeded()
  }

const both = (list: Word): Scene => ({
  state: { connections: [patient, device] },
  answers: recordAnswers(sources),
  act: open(list),
})

/** John allowed only his prescriptions, and the clinic cannot be reached. */
const onlyPrescriptions = {
  state: {
    connections: [{ ...patient, can: { ...patient.can, readLists: ['MedicationRequest' as const] } }],
  },
  answers: { 'record-list MedicationRequest': problem('unreachable') },
}

/** The record after somebody searched it. */
const searched =
  (words: string) =>
  async ({ page, say }: Look) => {
    await page.getByRole('link', { name: say('record'), exact: true }).click()
    await page.getByRole('searchbox', { name: say('record_search') }).fill(words)
    await page.locator('.lists > [role="status"]').waitFor()
  }

const notHere = async ({ page, say }: Look) => {
  await page.getByRole('link', { name: say('record'), exact: true }).click()
  const line = page.locator('.not-here > summary')
  await line.click()
  await line.scrollIntoViewIfNeeded()
}

/** The lists of a record, in the popup. */
export const record: Scenes = {
  conditions: both('list_conditions'),
  medications: both('list_medications'),
  allergies: both('list_allergies'),
  results: both('list_results'),
  'results-parts': {
    ...both('list_results'),
    act: async (look) => {
      await open('list_results')(look)
      await look.page.getByText('Urine test strip').scrollIntoViewIfNeeded()
      await look.page.mouse.wheel(0, 200)
    },
  },
  visits: both('list_visits'),
  procedures: both('list_procedures'),
  social: both('list_social'),
  'medications-in-part': { ...onlyPrescriptions, act: open('list_medications') },
  'not-here': { ...onlyPrescriptions, act: notHere },
  'lock-offer': {
    state: { connections: [patient, device], offersLock: true },
    answers: recordAnswers(sources),
    act: ({ page, say }) =>
      page.getByRole('heading', { name: say('lock_offer_title') }).scrollIntoViewIfNeeded(),
  },
  searched: { ...both('list_results'), act: searched('ldl 2024') },
  'searched-nothing': { ...both('list_results'), act: searched('zebra') },
}
