import { writeFile } from 'node:fs/promises'
import { spawnCommand } from '../fixtures/run-command.ts'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { logSince } from './record.ts'
import { sayIsSamePerson, signIn, signInAtBoth } from './sign-in.ts'

test('John reads his record from list to list; each is requested when it comes into view', async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const began = new Date()
  const popup = await carekey.popup()
  await popup.setViewportSize({ width: 400, height: 600 })
  await signInAtBoth(carekey, popup, [riverside, pulse], 'john')
  await sayIsSamePerson(popup)
  const record = popup.getByRole('region', { name: 'Record', exact: true })
  const list = (name: string) => record.getByRole('list', { name, exact: true })
  const show = (name: string) => record.getByRole('region', { name, exact: true }).scrollIntoViewIfNeeded()
  await expect(record.getByRole('heading', { level: 3 })).toHaveText([
    'Allergies',
    'Conditions',
    'Medications',
    'Immunizations',
    'Results',
    'Visits',
    'Procedures',
    'Social history',
  ])
  const log = await logSince(riverside, 'john', began)
  expect(log).toContain('Observation?')
  // The consent page counts them, with `_summary=count`.
  for (const type of ['Immunization', 'DiagnosticReport', 'Encounter'])
    expect(log).not.toMatch(new RegExp(`${type}\\?(?!patient=[^&]*&_summary=count)`))

  // The summary names the first entries, and leads to the list.
  await expect(popup.getByRole('link', { name: /^Allergies/ })).toHaveText('Allergies nothing recorded')
  await popup.getByRole('link', { name: /^Conditions High/ }).press('Enter')
  await expect(list('Conditions').getByRole('listitem')).toHaveCount(2)
  await expect(list('Conditions')).toContainText(
    /High blood pressure\s*active · \w+ \d{4}\s*Riverside Clinic/,
  )
  await expect(record).toContainText('No conditions on file at Pulse Devices.')

  await show('Medications')
  const lisinopril = list('Medications').getByText(/lisinopril/)
  await expect(lisinopril).toBeVisible()
  await list('Medications').locator('summary').filter({ hasText: 'lisinopril' }).press('Enter')
  await expect(list('Medications')).toContainText('One tablet by mouth every morning')

  await show('Allergies')
  await expect(
    record.getByText('No allergies on file at Riverside Clinic. This is not the same as no known allergies.'),
  ).toBeVisible()
  await show('Immunizations')
  await expect(list('Immunizations')).toContainText('Tdap')

  await show('Results')
  const ldl = list('Results').getByRole('listitem').filter({ hasText: 'LDL cholesterol' }).first()
  await expect(ldl).toContainText(/\d+ mg\/dL/)
  await expect(ldl).toContainText('Reference range ≤ 130')
  const earlier = ldl.locator('summary').filter({ hasText: /\d earlier/ })
  await earlier.press('Enter')
  await expect(ldl.getByText('high', { exact: true }).first()).toBeVisible()
  await inspect(popup, 'popup-results')

  // All lists are searched, also those that nobody has scrolled to.
  await popup.keyboard.press('/')
  const box = popup.getByRole('searchbox', { name: 'Search this record' })
  await expect(box).toBeFocused()
  await box.fill('LDL chol')
  await expect(record.getByRole('status')).toHaveText(/^\d+ entries found$/)
  await expect(record.getByRole('heading', { level: 3 })).toHaveText(['Results'])
  await box.fill('tdap')
  await expect(record.getByRole('listitem').filter({ hasText: 'Tdap' })).toBeVisible()
  await box.fill('unicorn')
  await expect(record.getByRole('status')).toHaveText('Nothing in these lists has these words.')
  await box.fill('')
  await expect(list('Conditions').getByRole('listitem')).toHaveCount(2)
})

test("if one organization cannot give a list, the other's entries are still shown", async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signInAtBoth(carekey, popup, [riverside, pulse], 'john')
  await sayIsSamePerson(popup)
  const immunizations = popup.getByRole('region', { name: 'Immunizations' })
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText('Pulse Devices')
  await pulse.stop()
  try {
    await immunizations.scrollIntoViewIfNeeded()
    await expect(immunizations).toContainText('Tdap')
    await expect(
      immunizations.getByRole('status').filter({ hasText: 'Pulse Devices cannot be reached' }),
    ).toHaveCount(1)
  } finally {
    await pulse.start()
  }
  await immunizations.getByRole('button', { name: 'Try again' }).click()
  await expect(immunizations).toContainText('No immunizations on file at Pulse Devices.')
  await expect(immunizations).toContainText('Tdap')
})

test('Lee first sees the allergies, conditions and medications of Jane Doe, whom he looked up', async ({
  carekey,
  organizations: { riverside },
}) => {
  const began = new Date()
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  await popup.getByLabel('Full Name (exact match)').fill('Jane Doe')
  await popup.getByLabel('Birthdate').fill('1980-01-15')
  await popup.getByRole('button', { name: 'Search Patients' }).click()
  await popup
    .getByRole('listitem')
    .getByRole('button', { name: /Jane Doe/ })
    .click()
  await expect(popup.getByRole('banner')).toContainText(/female · born 15 Jan 1980 · 46 years/)
  const card = popup.getByRole('region', { name: 'Summary' })
  await expect(card.getByRole('heading')).toHaveText(['Allergies', 'Conditions', 'Medications'])
  await expect(card.getByRole('link')).toHaveText([/^penicillin G/, 'Asthma Aug 2020', /^albuterol /])
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  expect((await card.boundingBox())?.y ?? 0).toBeLessThan((await vitals.boundingBox())?.y ?? 0)
  const record = popup.getByRole('region', { name: 'Record', exact: true })
  await card.getByRole('link', { name: /penicillin G/ }).click()
  await record.getByText('penicillin G').click()
  await expect(record).toContainText(/Reaction\s*Hives/)
  for (const list of ['Conditions', 'Medications']) {
    await record.getByRole('heading', { name: list }).scrollIntoViewIfNeeded()
    await expect(record.getByRole('list', { name: list, exact: true })).toBeVisible()
  }
  // The card and the lists share their answers, each of which has one entry in her log.
  const log = await logSince(riverside, 'jane', began)
  for (const type of ['AllergyIntolerance', 'Condition', 'MedicationRequest', 'MedicationStatement'])
    expect(log.match(new RegExp(`${type}\\?`, 'g')), type).toHaveLength(1)
})

/** When the look at the signed-in person's conditions began, as the worker knows it. */
const lookAtConditions = async (): Promise<number | undefined> => {
  const ask = async (name: string, input?: object) =>
    (await chrome.runtime.sendMessage({ name, input })).value
  const [{ id: connectionId, patient }] = (await ask('state')).connections
  return (await ask('record-list', { connectionId, patient: patient.id, type: 'Condition' })).lookBegan
}

test('what a list did not hold at the last look is marked, for this look', async ({
  carekey,
  organizations: { riverside },
}, testInfo) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '1 day')
  const conditions = popup.getByRole('list', { name: 'Conditions', exact: true })
  const show = () => popup.getByRole('region', { name: 'Conditions', exact: true }).scrollIntoViewIfNeeded()
  await show()
  await expect(conditions.getByRole('listitem')).toHaveCount(2)
  await expect(conditions).not.toContainText('New since')

  const file = testInfo.outputPath('asthma.json')
  const importAsthma = async (more: object = {}) => {
    const asthma = {
      ...{ resourceType: 'Condition', id: 'new-asthma', subject: { reference: 'Patient/john-doe' } },
      ...{ code: { text: 'Asthma' }, ...more },
    }
    await writeFile(file, JSON.stringify(asthma))
    expect(await spawnCommand('import', ['--db', riverside.db, file])).toMatchObject({ status: 0 })
  }
  await importAsthma()
  for (const _look of ['first', 'shortly after']) {
    await popup.reload()
    await show()
    const asthma = conditions.getByRole('listitem').filter({ hasText: 'Asthma' })
    await expect(asthma).toContainText(/New since \w+/)
    await expect(conditions.getByText('New since')).toHaveCount(1)
    await expect.poll(() => popup.evaluate(lookAtConditions)).toBeGreaterThan(0)
  }
  // Other tests read John's conditions too.
  await importAsthma({ verificationStatus: { coding: [{ code: 'entered-in-error' }] } })
  await popup.reload()
  await show()
  await expect(conditions.getByRole('listitem')).toHaveCount(2)
})
