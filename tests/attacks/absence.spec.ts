import type { Locator, Page } from '@playwright/test'
import { addOrganization, signOut } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { inOrder } from '../fixtures/reference-log.ts'
import { alter, configure, expect, isSignedIn, startSignIn, test } from './extension.ts'
import { type MaraLog, serveLog } from './log-rows.ts'
import { at, sendReadings, weight } from './maras-readings.ts'

/** What is said where nobody else read: reads from before this browser was set up are in the person's name. */
const NOBODY = /(Nobody but you|Only in your name) since/

const openLog = async (popup: Page) => {
  await popup.getByRole('link', { name: /^Who read it/ }).click()
  const region = popup.getByRole('region', { name: 'Who read my record' })
  await region.getByRole('button', { name: 'Others' }).click()
  return region
}

/** Lists the log in one page, without the entries of one person. */
const hide = (mock: MockProvider, { log }: MaraLog, name: string) =>
  mock.script('/fhir/AuditEvent', () => {
    const events = log.entries
      .map(({ event }) => event)
      .filter((event) => !JSON.stringify(event).includes(name))
    const entry = events.toReversed().map((event) => ({ resource: inOrder(event) }))
    return { body: { resourceType: 'Bundle', type: 'searchset', entry } }
  })

test.describe('that nobody else read the record is said', () => {
  test('of a log that is proven to leave nothing out', async ({ popup, mock }) => {
    serveLog(mock).add('Mara Mock', 0.02)
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    await expect(await openLog(popup)).toContainText(NOBODY)
  })

  test('not beside an alarm', async ({ popup, mock }) => {
    const log = serveLog(mock)
    log.add('Dr. Lee', 0.01)
    log.add('Mara Mock', 0.02)
    hide(mock, log, 'Dr. Lee')
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    const region = await openLog(popup)
    await expect(region).toContainText('Do not rely on this log')
    await expect(region).toContainText('None of the entries read so far match.')
    await expect(region).not.toContainText(NOBODY)
  })

  test('not where Carekey may read only a part of the log', async ({ popup, mock }) => {
    const log = serveLog(mock)
    log.add('Mara Mock', 0.02)
    const scope = 'openid patient/AuditEvent.rs?agent=mara patient/Observation.rs patient/Patient.rs'
    alter(mock, ADDRESSES.token, () => ({ scope }))
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    const region = await openLog(popup)
    await expect(region).toContainText('only a part of this log')
    await expect(region).toContainText('None of the entries read so far match.')
    await expect(region).not.toContainText(NOBODY)
  })

  test('not for an organization whose log is not on the page, but of the one whose log is', async ({
    popup,
    mock,
  }) => {
    serveLog(mock).add('Mara Mock', 0.02)
    const portal = await startMockProvider()
    await configure(popup, portal, { name: 'Wellness Portal' })
    alter(portal, ADDRESSES.token, () => ({ scope: 'openid patient/Observation.rs patient/Patient.rs' }))
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    await addOrganization(popup)
    await startSignIn(popup, { name: 'Wellness Portal' })
    await sayIsSamePerson(popup)
    const region = await openLog(popup)
    await expect(region).toContainText('Reading the access log was not allowed at Wellness Portal')
    await expect(region).toContainText('None of the entries read so far match.')
    await expect(region.locator('.statement')).toHaveText(
      /^\s*Mock Clinic:\s*(Nobody but you|Only in your name) since/,
    )
    await portal.close()
  })
})

test('an empty list is what the organization lists, if it is whole', async ({ popup, mock }) => {
  serveLog(mock)
  const answerWith = (link: object[]) =>
    mock.script('/fhir/AuditEvent', () => ({
      body: { resourceType: 'Bundle', type: 'searchset', entry: [], link },
    }))
  answerWith([])
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await popup.getByRole('link', { name: /^Who read it/ }).click()
  const region = popup.getByRole('region', { name: 'Who read my record' })
  await expect(region).toContainText('Mock Clinic lists no accesses.')
  answerWith([{ relation: 'next', url: 'http://internal.example/AuditEvent' }])
  await region.getByRole('button', { name: 'Refresh' }).click()
  await expect(region).toContainText('The next page is outside Mock Clinic, so it was not read.')
  await expect(region).not.toContainText('lists no accesses')
})

test('an organization whose next page cannot be read has not "recorded no vital signs"', async ({
  popup,
  mock,
}) => {
  const link = [{ relation: 'next', url: 'http://internal.example/Observation' }]
  mock.script(ADDRESSES.observations, ({ query }) => ({
    body: { resourceType: 'Bundle', type: 'searchset', entry: [], link: query.has('category') ? [] : link },
  }))
  await startSignIn(popup, mock)
  const region = popup.getByRole('region', { name: 'Vital signs' })
  await expect(region).toContainText('Mock Clinic has readings that Carekey could not load.')
  await expect(region).not.toContainText('has recorded no vital signs')
})

test('of a kind that the grant limits nothing is called absent, and every page says that it is shared in part', async ({
  popup,
  mock,
  carekey,
}) => {
  const limited = ['AllergyIntolerance', 'Condition', 'Observation', 'Immunization']
  const scope = `openid patient/Patient.rs ${limited.map((type) => `patient/${type}.rs?date=ge2026`).join(' ')}`
  alter(mock, ADDRESSES.token, () => ({ scope }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const inPart = (what: string) => `Mock Clinic shares ${what} with Carekey only in part.`
  const isHonest = async (page: Locator) => {
    await expect(page).toContainText(inPart('allergies'))
    await expect(page).toContainText(inPart('vital signs'))
    await expect(page).toContainText(inPart('immunizations'))
    await expect(page).not.toContainText(/on file at|has recorded n|nothing recorded|nothing on file/)
  }
  await expect(popup.locator('a.digest')).toContainText(['not complete', 'not complete', 'not allowed'])
  const record = popup.getByRole('region', { name: 'Record', exact: true })
  for (const list of ['Allergies', 'Conditions', 'Immunizations', 'Results'])
    await record.getByRole('heading', { name: list }).scrollIntoViewIfNeeded()
  await isHonest(popup.locator('main'))
  await popup.getByRole('searchbox', { name: 'Search this record' }).fill('penicillin')
  await expect(record.getByRole('status').first()).toHaveText('Nothing that could be read has these words.')
  await isHonest((await carekey.summary()).locator('main'))
})

/** Signs in at Riverside Clinic and at the other, and says that both mean the same person. */
const joinRiverside = async (popup: Page, clinic: MockProvider, other: MockProvider): Promise<void> => {
  await configure(popup, clinic, { name: 'Riverside Clinic' })
  await startSignIn(popup, { name: 'Riverside Clinic' })
  await isSignedIn(popup)
  await addOrganization(popup)
  await startSignIn(popup, other)
  await sayIsSamePerson(popup)
}

test('an organization where the person is signed out is named, and keeps it from being said that nobody else read', async ({
  popup,
  mock,
}) => {
  const clinic = await startMockProvider()
  try {
    serveLog(clinic).add('Dr. Lee', 0.01)
    serveLog(mock).add('Mara Mock', 0.02)
    await joinRiverside(popup, clinic, mock)
    await signOut(popup, 'Riverside Clinic')
    const card = popup.locator('.provider').filter({ hasText: 'Mock Clinic' })
    await card.getByRole('button', { name: /^Open/ }).click()
    const region = await openLog(popup)
    await expect(region).toContainText('Not included: Riverside Clinic, because you are signed out there.')
    await expect(region).toContainText('None of the entries read so far match.')
    await expect(region.locator('.statement')).toHaveText(
      /^\s*Mock Clinic:\s*(Nobody but you|Only in your name) since/,
    )
  } finally {
    await clinic.close()
  }
})

test('an organization that gives the person another name is named on every page of theirs, and nothing is said of all', async ({
  popup,
  mock,
  carekey,
}) => {
  const clinic = await startMockProvider()
  try {
    serveLog(clinic).add('Mara Mock', 0.01)
    serveLog(mock).add('Mara Mock', 0.02)
    await joinRiverside(popup, clinic, mock)
    const digest = popup.locator('a.digest')
    await expect(digest).toContainText(['nothing recorded', 'nothing recorded', 'nothing recorded'])

    await signOut(popup, 'Riverside Clinic')
    clinic.script(ADDRESSES.patient, () => ({
      body: {
        resourceType: 'Patient',
        id: 'mara',
        name: [{ text: 'Mara D. Mock' }],
        birthDate: '1980-01-15',
      },
    }))
    const card = popup.locator('.provider').filter({ hasText: 'Riverside Clinic' })
    await card.getByRole('button', { name: /^Sign in/ }).click()
    await expect(popup.getByRole('heading', { name: 'Mara D. Mock' })).toBeVisible()

    const names = (organization: string) =>
      `Not included: ${organization}, because the name and birth date it shares no longer match.`
    const isNamed = async (organization: string) => {
      await expect(popup.getByRole('button', { name: `Open ${organization}` })).toBeVisible()
      const region = await openLog(popup)
      await expect(region).toContainText(names(organization))
      await expect(region).toContainText('None of the entries read so far match.')
      // Only of one organization, by its name.
      await expect(region).not.toContainText(/(?<!: )(Nobody but you|Only in your name) since/)
      await expect(digest).toContainText(['not complete', 'not complete', 'not complete'])
    }
    await isNamed('Mock Clinic')
    await popup.getByRole('button', { name: 'Open Mock Clinic' }).click()
    await expect(popup.getByRole('heading', { name: 'Mara Mock' })).toBeVisible()
    await isNamed('Riverside Clinic')

    const summary = await carekey.summary()
    await expect(summary.getByText(names('Riverside Clinic'))).toBeVisible()

    await popup.getByRole('button', { name: 'The record at Riverside Clinic is someone else’s' }).click()
    await expect(popup.getByText(names('Riverside Clinic'))).toHaveCount(0)
    await expect(digest.first()).toContainText('nothing recorded')
  } finally {
    await clinic.close()
  }
})

test('while an organization does not answer, what was last read is shown with its age, and no trend is', async ({
  popup,
  mock,
  carekey,
}) => {
  const lower = /[\d.]+ kg lower than 3 months ago/
  const days = Array.from({ length: 30 }, (_, index) => 4 * index + 1)
  sendReadings(
    mock,
    days.map((day) => weight(`w${day}`, 71.5 + day / 10, at(day))),
  )
  await startSignIn(popup, mock)
  const vitals = (page: Page) => page.getByRole('region', { name: 'Vital signs' })
  await expect(vitals(popup)).toContainText(lower)
  await popup.close()

  let answer = (): void => undefined
  const awaited = new Promise<void>((resolve) => {
    answer = resolve
  })
  mock.script(ADDRESSES.observations, async (_request, usual) => {
    await awaited
    return usual()
  })
  const next = await carekey.popup()
  const row = vitals(next).getByRole('button', { name: /^Weight 71\.6 kg/ })
  await expect(row).toContainText(/As of \d\d:\d\d/)
  await expect(vitals(next)).toContainText(/Mock Clinic is slow\. As of \d\d:\d\d\./)
  await expect(vitals(next)).not.toContainText(lower)
  await expect(row.locator('.small-line')).toHaveCount(0)

  answer()
  await expect(vitals(next)).not.toContainText(/slow|As of/)
})

test('what an organization refuses now is not drawn from what was read before, nor while it is asked again', async ({
  popup,
  mock,
  carekey,
}) => {
  sendReadings(mock, [weight('w', 71.5, at(1))])
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await popup.close()

  const answerWith = (status: number) => mock.script(ADDRESSES.observations, () => ({ status, body: {} }))
  answerWith(500)
  const next = await carekey.popup()
  const vitals = next.getByRole('region', { name: 'Vital signs' })
  const row = vitals.getByRole('button', { name: /^Weight 71\.5 kg/ })
  const again = vitals.getByRole('button', { name: 'Try again' })
  await expect(row).toBeVisible()
  answerWith(403)
  await again.click()
  await expect(vitals).toContainText('does not let you read this')
  await expect(row).toHaveCount(0)

  let isAsked = (): void => undefined
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve
  })
  mock.script(ADDRESSES.observations, () => {
    isAsked()
    return new Promise(() => undefined)
  })
  await again.click()
  await asked
  await expect(vitals).toContainText('Mock Clinic is slow.')
  await expect(row).toHaveCount(0)
})

test('a paper that is printed while an organization still answers says what was not yet read, and nothing else is without words', async ({
  popup,
  mock,
}) => {
  const never = () => new Promise<never>(() => undefined)
  mock.script('/fhir/AllergyIntolerance', never)
  mock.script('/fhir/MedicationStatement', never)
  mock.script('/fhir/Condition', () => ({ status: 403, body: {} }))
  mock.script('/fhir/Encounter', () => ({ status: 500, body: {} }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const summary = await popup.context().newPage()
  await summary.goto(popup.url().replace('/popup/', '/summary/'))
  const parts = summary.locator('.list')
  await expect(parts).toHaveCount(9)
  const part = (name: string) => parts.filter({ has: summary.getByRole('heading', { name }) })
  await expect(part('Visits').getByRole('button', { name: 'Try again' })).toBeVisible()
  const unread = parts.getByText('Not yet read when this was printed.')
  await expect(unread).toHaveCount(2)
  for (const each of await unread.all()) await expect(each).toBeHidden()
  await summary.emulateMedia({ media: 'print' })
  for (const name of ['Allergies', 'Medications'])
    await expect(part(name).getByText('Not yet read when this was printed.')).toBeVisible()
  const words = (await parts.allInnerTexts()).map((text) => text.trim().split('\n'))
  for (const lines of words) expect(lines.slice(1).join(''), lines[0]).not.toBe('')
})
