import type { Page } from '@playwright/test'
import { addOrganization, openOrganization, signOut } from '../e2e/popup-frame.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import type { Reply } from '../fakes/recording-server.ts'
import { configure, expect, isSignedIn, startSignIn, stored, test } from './extension.ts'

const ALLERGIES = '/fhir/AllergyIntolerance'
const RESULTS = '/fhir/Observation'

/** Numbers are sent as given, because JavaScript would not write `1e2`. */
const searchset = (resources: object[]): Reply => {
  const entry = resources.map((resource) => ({ resource }))
  const json = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry })
  return {
    headers: { 'content-type': 'application/fhir+json' },
    body: json.replaceAll(/"value":"([\d.e]+)"/g, '"value":$1'),
  }
}

const identifier = [{ system: 'http://mock.example/ids', value: 'reading 7' }]
const shared = { id: 'a', identifier, status: 'final', effectiveDateTime: '2026-03-01T10:00:00Z' }

const allergy = (severity: string) => ({
  ...shared,
  resourceType: 'AllergyIntolerance',
  code: { text: 'Penicillin', coding: [{ system: 'rxnorm', code: '7980' }] },
  recordedDate: '2019-03-04',
  clinicalStatus: { coding: [{ code: 'active' }] },
  reaction: [{ severity }],
})

const potassium = (high: number, interpretation: object[]) => ({
  ...shared,
  resourceType: 'Observation',
  code: { text: 'Potassium', coding: [{ system: 'http://loinc.org', code: '2823-3' }] },
  valueQuantity: { value: 6.8, unit: 'mmol/L' },
  interpretation,
  referenceRange: [{ low: { value: 3.5 }, high: { value: high } }],
})

const weight = (value: string) => ({
  ...shared,
  resourceType: 'Observation',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  valueQuantity: { value, unit: 'kg' },
})

const pressure = (value: string) => ({
  ...shared,
  id: 'p',
  resourceType: 'Observation',
  code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
  component: ['8480-6', '8462-4'].map((code) => ({
    code: { coding: [{ system: 'http://loinc.org', code }] },
    valueQuantity: { value, unit: 'mmHg' },
  })),
})

const answer = (mock: MockProvider, allergies: object[], results: object[], vitals: object[]): void => {
  mock.script(ALLERGIES, () => searchset(allergies))
  mock.script(RESULTS, ({ query }) => searchset(query.has('category') ? results : vitals))
}

const record = (popup: Page) => popup.getByRole('region', { name: 'Record', exact: true })
const question = (popup: Page) => popup.getByRole('region', { name: 'Is this the same person?' })
const open = (popup: Page, list: string) =>
  record(popup).getByRole('heading', { name: list, exact: true }).click()

const HELPER = 'Helpful Health'

/** The person was persuaded to add a provider that uses their name and copies the clinic's entries. */
const signInAtBoth = async (popup: Page, mock: MockProvider, other: MockProvider): Promise<void> => {
  answer(
    mock,
    [allergy('severe')],
    [potassium(5.1, [{ coding: [{ code: 'HH' }] }])],
    [weight('71.5'), pressure('128')],
  )
  answer(other, [allergy('mild')], [potassium(9.9, [])], [weight('1e2'), pressure('0e3')])
  await configure(popup, other, { name: HELPER })
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await addOrganization(popup)
  await startSignIn(popup, { name: HELPER })
}

test('F70 data of another organization about a person of the same name stay separate until the person says that they are theirs', async ({
  popup,
  mock,
}) => {
  const other = await startMockProvider()
  try {
    await signInAtBoth(popup, mock, other)

    // The question names both organizations and their hosts; until it is answered, nothing of one is shown with the
    // other's.
    await expect(question(popup)).toContainText(`Mock Clinic ${new URL(mock.origin).host}`)
    await expect(question(popup)).toContainText(`${HELPER} ${new URL(other.origin).host}`)
    await expect(question(popup).getByText('Mara Mock, born 15 Jan 1980')).toHaveCount(2)
    const vitals = popup.getByRole('region', { name: 'Vital signs' })
    await expect(vitals).toContainText('100')
    await expect(vitals).not.toContainText('71.5')
    await open(popup, 'Allergies')
    await expect(record(popup)).toContainText(HELPER)
    await expect(record(popup)).not.toContainText('Mock Clinic')

    // After the answer No, the question does not come again.
    await question(popup).getByRole('button', { name: 'No, keep them separate' }).click()
    await expect(question(popup)).toHaveCount(0)
    await popup.reload()
    await expect(vitals).toContainText('100')
    await expect(popup.getByRole('button', { name: 'Show together with Mock Clinic…' })).toBeVisible()
    await expect(question(popup)).toHaveCount(0)
    await expect(vitals).not.toContainText('71.5')

    // Now the person answers Yes.
    await popup.getByRole('button', { name: 'Show together with Mock Clinic…' }).click()
    await question(popup).getByRole('button', { name: 'Yes, the same person' }).click()
    await expect(vitals).toContainText('71.5')
    await expect(question(popup)).toHaveCount(0)
    await popup.reload()
    await expect(vitals).toContainText('71.5')

    // Everything from either is there, whole, under its own name only.
    await vitals.getByRole('button', { name: /^Weight/ }).click()
    const rows = vitals.getByRole('table', { name: 'Weight' }).getByRole('row')
    await expect(rows.filter({ hasText: '71.5' })).toContainText(/Mock Clinic.*differs from Helpful Health/)
    await expect(rows.filter({ hasText: '71.5' })).toHaveCount(1)
    await expect(rows.filter({ hasText: /100/ })).toContainText(/Helpful Health.*differs from Mock Clinic/)
    await popup.getByRole('button', { name: 'Back' }).click()
    await expect(vitals.getByText('128/128').first()).toBeVisible()
    await expect(vitals).not.toContainText('0/0')
    await open(popup, 'Allergies')
    const penicillin = record(popup)
      .getByRole('list', { name: 'Allergies' })
      .getByRole('listitem')
      .filter({ hasText: 'Penicillin' })
    await expect(penicillin).toHaveCount(2)
    const severe = penicillin.filter({ hasText: 'Mock Clinic' })
    await severe.locator('summary').first().click()
    await expect(severe).toContainText('severe')
    await expect(severe).not.toContainText(HELPER)
    await open(popup, 'Results')
    const results = record(popup).getByRole('list', { name: 'Results' }).getByRole('listitem')
    await expect(results.filter({ hasText: 'Mock Clinic' })).toContainText(
      /very high.*Reference range 3.5 – 5.1/,
    )
    await expect(results.filter({ hasText: HELPER })).toContainText('Reference range 3.5 – 9.9')
    await expect(results).toHaveCount(2)

    // The person undoes it.
    await popup.getByRole('button', { name: 'Show Mock Clinic separately' }).click()
    await expect(vitals).not.toContainText('71.5')
    await expect(question(popup)).toHaveCount(0)
  } finally {
    await other.close()
  }
})

test('F70 that answer holds only for the name that was shown, and ends with the connection', async ({
  popup,
  mock,
}) => {
  const other = await startMockProvider()
  try {
    await signInAtBoth(popup, mock, other)
    await question(popup).getByRole('button', { name: 'Yes, the same person' }).click()
    const vitals = popup.getByRole('region', { name: 'Vital signs' })
    await expect(vitals).toContainText('71.5')

    // At the next sign-in, the other organization gives another name.
    other.script(ADDRESSES.patient, async (_request, usual) => {
      const reply = Object(await usual())
      return { ...reply, body: { ...reply.body, name: [{ text: 'Nora Else' }] } }
    })
    await signOut(popup, HELPER)
    await expect(vitals).toHaveCount(0)
    await startSignIn(popup, { name: HELPER })
    await expect(popup.getByRole('heading', { name: 'Nora Else' })).toBeVisible()
    await expect(vitals).toContainText('100')
    await expect(vitals).not.toContainText('71.5')
    await expect(question(popup)).toHaveCount(0)

    await openOrganization(popup, HELPER)
    await popup.getByRole('button', { name: 'Remove connection' }).click()
    await popup.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await expect(vitals).toHaveCount(0)
    other.unscript(ADDRESSES.patient)
    await startSignIn(popup, { name: HELPER })
    await expect(question(popup)).toBeVisible()
    const { connections } = await stored(popup, 'local')
    expect(Object.values(Object(connections)).filter((each) => Object(each).samePerson)).toHaveLength(1)
  } finally {
    await other.close()
  }
})
