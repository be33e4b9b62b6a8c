import { device, patient } from '../people.ts'
import { recordAnswers } from '../record-answers.ts'
import { type Look, problem, type Scene, type Scenes } from '../scene.ts'
import { sources } from '../vitals.ts'

type Word =
  | 'list_conditions'
  | 'list_medications'
  | 'list_allergies'
  | 'list_immunizations'
  | 'list_results'
  | 'list_care'
  | 'list_social'

/** A list with all of its entries open. */
const open =
  (list: Word) =>
  async ({ page, say }: Look) => {
    await page.getByRole('link', { name: say('record'), exact: true }).click()
    const record = page.getByRole('region', { name: say('record'), exact: true })
    const heading = record.getByRole('heading', { name: say(list), exact: true })
    await heading.click()
    await record.locator('.entries, .notice').first().waitFor()
    for (const entry of await record.locator('.entries summary').all()) await entry.click()
    await heading.scrollIntoViewIfNeeded()
  }

const both = (list: Word): Scene => ({
  state: { connections: [patient, device] },
  answers: recordAnswers(sources),
  act: open(list),
})

/** John allowed only his prescriptions, and the clinic cannot be reached. */
const refused = (list: Word): Scene => ({
  state: { connections: [{ ...patient, can: { ...patient.can, readLists: ['MedicationRequest'] } }] },
  answers: { 'record-list MedicationRequest': problem('unreachable') },
  act: open(list),
})

/** The lists of a record, in the popup. */
export const record: Scenes = {
  conditions: both('list_conditions'),
  medications: both('list_medications'),
  allergies: both('list_allergies'),
  immunizations: both('list_immunizations'),
  results: both('list_results'),
  'results-parts': {
    ...both('list_results'),
    act: async (look) => {
      await open('list_results')(look)
      await look.page.getByText('Urine test strip').scrollIntoViewIfNeeded()
      await look.page.mouse.wheel(0, 200)
    },
  },
  care: both('list_care'),
  social: both('list_social'),
  'medications-in-part': refused('list_medications'),
  'results-refused': refused('list_results'),
}
