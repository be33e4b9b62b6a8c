import type { Page } from '@playwright/test'
import type { Carekey } from '../e2e/carekey.ts'
import { addOrganization } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, startSignIn, test } from './extension.ts'
import { at, pressure, sendReadings, start, weight } from './maras-readings.ts'

const isBorn = (mock: MockProvider, birthDate: string): void =>
  mock.script(ADDRESSES.patient, () => ({
    body: {
      resourceType: 'Patient',
      id: 'mara',
      name: [{ given: ['Mara'], family: 'Mock' }],
      birthDate,
    },
  }))

const goesOffline = (mock: MockProvider): void => {
  for (const address of [ADDRESSES.observations, ADDRESSES.patient])
    mock.script(address, () => ({ status: 503, headers: { 'retry-after': '0' }, body: '' }))
}

const vitals = (popup: Page) => popup.getByRole('region', { name: 'Vital signs' })

const row = (popup: Page, kind: string) => vitals(popup).getByRole('button', { name: new RegExp(`^${kind}`) })

/** The pixels of a kind's pictures: one an organization. */
const pixels = async (popup: Page, kind: string, organizations: number): Promise<string[]> => {
  await row(popup, kind).click()
  const canvases = vitals(popup).getByRole('img', { name: kind }).locator('canvas')
  await expect(canvases).toHaveCount(organizations)
  const seen = await canvases.evaluateAll((all) =>
    all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()),
  )
  await popup.getByRole('button', { name: 'Back' }).click()
  return seen
}

/** Adds the portal as the same person's second organization. */
const addPortal = async (popup: Page): Promise<void> => {
  await addOrganization(popup)
  await startSignIn(popup, { name: 'Wellness Portal' })
  await sayIsSamePerson(popup)
}

test.describe('J55 another organization', () => {
  let portal: MockProvider
  test.beforeEach(async () => {
    portal = await startMockProvider()
  })
  test.afterEach(() => portal.close())

  test('takes neither the newest value of a bare day nor its picture away by a moment of that day', async ({
    popup,
    mock,
  }) => {
    const today = new Date(start).toLocaleDateString('sv')
    sendReadings(mock, [weight('new', 92.4, today), weight('old', 71.5, at(150))])
    sendReadings(portal, [weight('copy', 92.4, `${today}T23:59:00-23:59`), weight('own', 60, at(200))])
    await configure(popup, portal, { name: 'Wellness Portal' })
    await startSignIn(popup, mock)
    const alone = await pixels(popup, 'Weight', 1)
    await addPortal(popup)
    await row(popup, 'Weight').click()
    await expect(vitals(popup).getByRole('table')).toContainText('Wellness Portal')
    await popup.getByRole('button', { name: 'Back' }).click()
    await expect(row(popup, 'Weight')).toHaveAccessibleName(/^Weight 92\.4 kg/)
    expect(await pixels(popup, 'Weight', 1)).toEqual(alone)
  })

  test('does not displace the newest value by one that cannot be judged', async ({ popup, mock }) => {
    sendReadings(mock, [weight('new', 71.5, at(1))])
    sendReadings(portal, [
      weight('x', 40, at(0), { unit: 'lost, call us at once' }),
      weight('y', 40, at(0), { comparator: '<', unit: 'kg' }),
    ])
    await configure(popup, portal, { name: 'Wellness Portal' })
    await startSignIn(popup, mock)
    await expect(vitals(popup)).toContainText('71.5')
    await addPortal(popup)
    await row(popup, 'Weight').click()
    await expect(vitals(popup).getByRole('table')).toContainText('lost, call us at once')
    await popup.getByRole('button', { name: 'Back' }).click()
    await expect(row(popup, 'Weight')).toHaveAccessibleName(/^Weight 71\.5 kg/)
  })

  const child = Array.from({ length: 20 }, (_, index) =>
    pressure(`p${index}`, [100 + (index % 25), 62 + (index % 12)], at(5 * index + 1)),
  )
  const born = `${new Date(start).getFullYear() - 9}-01-15`

  test('draws no guideline of adults into a child’s picture', async ({ popup, mock, carekey }) => {
    sendReadings(mock, child)
    isBorn(mock, born)
    isBorn(portal, '1970-01-15')
    sendReadings(portal, [pressure('x', [118, 70], at(3))])
    await configure(popup, portal, { name: 'Wellness Portal' })
    await startSignIn(popup, mock)
    const alone = await pixels(popup, 'Blood pressure', 1)
    await addOrganization(popup)
    await startSignIn(popup, { name: 'Wellness Portal' })
    await expect(vitals(popup)).toContainText('118/70')
    await toBeBornAt(popup, born)
    goesOffline(portal)
    const next = await reopened(popup, carekey)
    await sayIsSamePerson(next)
    await row(next, 'Blood pressure').click()
    await expect(vitals(next).getByRole('table')).toContainText('118/70')
    await next.getByRole('button', { name: 'Back' }).click()
    expect(await pixels(next, 'Blood pressure', 1)).toEqual(alone)
  })

  test('draws none by a copy from before a birth date was corrected', async ({ popup, mock, carekey }) => {
    isBorn(mock, '1970-01-15')
    sendReadings(mock, child)
    await startSignIn(popup, mock)
    await row(popup, 'Blood pressure').click()
    await expect(vitals(popup)).toContainText('elevated by the European guideline')
    await popup.getByRole('button', { name: 'Back' }).click()
    await toBeBornAt(popup, born)
    goesOffline(mock)
    const next = await reopened(popup, carekey)
    await row(next, 'Blood pressure').click()
    await expect(vitals(next).locator('canvas')).toHaveCount(1)
    await expect(vitals(next)).not.toContainText('elevated by the European guideline')
  })
})

/** The session's patient, as a later answer of the organization has it. */
const toBeBornAt = (popup: Page, birthDate: string): Promise<void> =>
  popup.evaluate(async (date) => {
    const { sessions } = await chrome.storage.session.get('sessions')
    for (const session of Object.values(Object(sessions)) as { patient: object }[])
      session.patient = { ...session.patient, birthDate: date }
    await chrome.storage.session.set({ sessions })
  }, birthDate)

const reopened = async (popup: Page, carekey: Carekey): Promise<Page> => {
  await popup.close()
  return carekey.popup()
}
