import type { BrowserContext, Page } from '@playwright/test'
import { addOrganization } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, isSignedIn, startSignIn, test } from './extension.ts'

const CLINIC = 'Honest Clinic'
const LOG = '/fhir/AuditEvent'

const describePatient = (provider: MockProvider, more: object): void =>
  provider.script(ADDRESSES.patient, async (_request, usual) => {
    const reply = Object(await usual())
    return { ...reply, body: { ...reply.body, ...more } }
  })

const signInAtClinic = async (popup: Page, clinic: MockProvider): Promise<void> => {
  await configure(popup, clinic, { name: CLINIC })
  await startSignIn(popup, { name: CLINIC })
  await isSignedIn(popup)
}

/** Signs in at the other organization too, which was added first, and says that both are the same person. */
const join = async (popup: Page, hostile: MockProvider): Promise<void> => {
  await addOrganization(popup)
  await startSignIn(popup, hostile)
  await sayIsSamePerson(popup)
  await expect(popup.getByRole('button', { name: `Show ${CLINIC} separately` })).toBeVisible()
}

test('F70 only its own part of a summary, and its name in the popup, say what an organization says of sex and death', async ({
  popup,
  mock,
  carekey,
}) => {
  const clinic = await startMockProvider()
  const readSummary = async (context: BrowserContext) => {
    const page = await context.newPage()
    await page.goto(popup.url().replace('popup', 'summary'))
    const part = page.getByRole('region', { name: CLINIC })
    await expect(part).toContainText('female')
    const header = await page.locator('main header').textContent()
    const other = page.getByRole('region', { name: 'Mock Clinic' })
    return { header, words: await part.locator('p').first().textContent(), other }
  }
  try {
    describePatient(clinic, { gender: 'female' })
    describePatient(mock, { gender: 'male', deceasedDateTime: '2024-05-03' })
    await signInAtClinic(popup, clinic)
    const alone = await readSummary(carekey.context)
    expect(alone.header).not.toMatch(/male/)

    await join(popup, mock)
    await expect(popup.getByRole('banner')).toContainText('Mock Clinic: died 3 May 2024')
    const joined = await readSummary(carekey.context)
    expect([joined.header, joined.words]).toEqual([alone.header, alone.words])
    await expect(joined.other).toContainText('male · died 3 May 2024, aged 44')
  } finally {
    await clinic.close()
  }
})

test('F70 a log that does not answer keeps nobody from refreshing another one', async ({ popup, mock }) => {
  const clinic = await startMockProvider()
  const held = Promise.withResolvers<void>()
  try {
    await signInAtClinic(popup, clinic)
    await join(popup, mock)
    mock.script(LOG, async (_request, usual) => {
      await held.promise
      return usual()
    })
    await popup.reload()
    const refresh = popup
      .getByRole('region', { name: 'Who read my record' })
      .getByRole('button', { name: 'Refresh' })
    await expect(refresh).toBeVisible()
    const requests = clinic.requestsTo(LOG).length
    await refresh.click()
    await expect.poll(() => clinic.requestsTo(LOG).length).toBeGreaterThan(requests)
  } finally {
    held.resolve()
    await clinic.close()
  }
})
