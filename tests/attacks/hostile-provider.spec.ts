import type { Page } from '@playwright/test'
import { addOrganization, openOrganizations } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { type HostileProvider, startHostileProvider } from '../fakes/hostile-provider.ts'
import type { MockProvider } from '../fakes/mock-provider.ts'
import { randomOf } from '../thorough/random-request.ts'
import { configure, expect, isSignedIn, startSignIn, test } from './extension.ts'

/** Set the seed to repeat a failure. */
const SEEDS = process.env.HOSTILE_SEED
  ? [Number(process.env.HOSTILE_SEED)]
  : Array.from({ length: 8 }, (_, seed) => seed)

const searchset = (resource: object) => ({
  body: { resourceType: 'Bundle', type: 'searchset', entry: [{ resource }] },
})

/**
 * An allergy with the identifier that the hostile organization uses too, and another person who read the record.
 */
const fill = (mock: MockProvider, reader = 'Dr. Somebody Else'): void => {
  mock.script('/fhir/AllergyIntolerance', () =>
    searchset({
      resourceType: 'AllergyIntolerance',
      id: 'penicillin',
      identifier: [{ system: 'https://mock-clinic.test', value: 'weight' }],
      patient: { reference: 'Patient/mara' },
      criticality: 'high',
      code: { text: 'Penicillin' },
    }),
  )
  const recorded = new Date().toISOString()
  mock.script('/fhir/AuditEvent', () =>
    searchset({
      resourceType: 'AuditEvent',
      id: reader.replaceAll(/[^a-z0-9]/gi, ''),
      recorded,
      outcome: '0',
      subtype: [{ code: 'search' }],
      agent: [{ who: { display: reader }, requestor: true }],
      entity: [{ what: { reference: 'Patient/mara' }, role: { code: '1' } }],
    }),
  )
}

const signInAtBoth = async (popup: Page, mock: MockProvider, hostile: HostileProvider): Promise<void> => {
  fill(mock)
  await configure(popup, hostile)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await addOrganization(popup)
  await startSignIn(popup, hostile)
  await expect(popup.getByRole('region', { name: 'Is this the same person?' })).toBeVisible()
}

const region = (popup: Page, name: string) => popup.getByRole('region', { name, exact: true })

/** What the popup shows of the chosen record, once all requests are done. */
const pageText = async (popup: Page) => {
  // First, because everything below moves when the readings arrive.
  await expect(region(popup, 'Vital signs')).toContainText('71.5')
  const allergies = region(popup, 'Record').getByRole('heading', { name: 'Allergies', exact: true })
  await allergies.click()
  await expect(region(popup, 'Record')).toContainText('Penicillin')
  // A search reads all lists, also those that are not in view.
  const box = popup.getByRole('searchbox', { name: 'Search this record' })
  await box.fill('penicillin')
  await expect(region(popup, 'Record').getByRole('status')).toHaveText('1 entry found')
  await box.fill('')
  await expect(region(popup, 'Who read my record')).toContainText('Dr. Somebody Else')
  await expect(popup.getByText(/^Reading/)).toHaveCount(0)
  const texts = ['Vital signs', 'Record', 'Who read my record'].map((name) =>
    region(popup, name).textContent(),
  )
  return (await Promise.all(texts)).map((text) =>
    (text ?? '').replaceAll(/\d+ (seconds?|minutes?) ago|just now|As of \d+:\d+/gi, ''),
  )
}

test("F70 F71 F75 whatever a hostile organization answers, the popup shows the other organization's data as if alone", async ({
  popup,
  mock,
  carekey,
}) => {
  test.setTimeout(240_000)
  const hostile = await startHostileProvider(randomOf)
  await signInAtBoth(popup, mock, hostile)
  await popup.getByRole('button', { name: 'No, keep them separate' }).click()
  /** In the sheet, only a record that is not open has a button with this name. */
  const buttonOf = (whose: MockProvider) =>
    popup.getByRole('button', { name: `Mara Mock ${whose.name}`, exact: true })
  const open = async (whose: MockProvider) => {
    await openOrganizations(popup)
    await buttonOf(whose).click()
  }
  await open(mock)
  const before = await pageText(popup)

  for (const seed of SEEDS)
    await test.step(`seed ${seed}`, async () => {
      hostile.attack(seed)
      const requestCount = hostile.requests().length
      await open(hostile)
      // The hostile one may also be asked in the background, before its record is open.
      await openOrganizations(popup)
      await expect(buttonOf(mock)).toBeVisible()
      await expect
        .poll(() => hostile.requests().length, 'what the hostile one was asked')
        .toBeGreaterThan(requestCount)
      await popup.close()
      popup = await carekey.popup()
      await open(mock)
      expect(await pageText(popup)).toEqual(before)
    })
  await hostile.close()
})

test("F70 F71 F75 whatever a hostile organization answers, a combined record shows all of the other organization's data", async ({
  popup,
  mock,
  carekey,
}) => {
  test.setTimeout(240_000)
  const hostile = await startHostileProvider(randomOf)
  await signInAtBoth(popup, mock, hostile)
  await sayIsSamePerson(popup)
  await expect(region(popup, 'Vital signs')).toContainText('71.5')

  for (const seed of SEEDS)
    await test.step(`seed ${seed}`, async () => {
      const reader = `Dr. Number ${seed}`
      fill(mock, reader)
      hostile.attack(seed)
      await popup.close()
      popup = await carekey.popup()
      await expect.poll(() => popup.evaluate(() => chrome.action.getBadgeText({}))).not.toBe('')
      const vitals = region(popup, 'Vital signs')
      await vitals.getByRole('button', { name: /^Weight/ }).click()
      await vitals.getByRole('radio', { name: 'All' }).check()
      const weights = vitals.getByRole('table', { name: 'Weight' }).getByRole('row')
      await expect(weights.filter({ hasText: 'Mock Clinic' }).filter({ hasText: '71.5' })).toHaveCount(1)
      await popup.getByRole('button', { name: 'Back' }).click()
      const record = region(popup, 'Record')
      await record.getByRole('heading', { name: 'Allergies', exact: true }).click()
      const allergy = record
        .getByRole('list', { name: 'Allergies' })
        .getByRole('listitem')
        .filter({ hasText: 'Mock Clinic' })
      await expect(allergy).toHaveCount(1)
      await expect(allergy).toContainText('Penicillin')
      await expect(allergy).not.toContainText(hostile.name)
      const log = region(popup, 'Who read my record')
      await expect(log.getByRole('listitem').filter({ hasText: reader })).toHaveCount(1)
    })
  await hostile.close()
})
