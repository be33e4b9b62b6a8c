import { type Browser, chromium, expect, type Page, test } from '@playwright/test'
import { requireBrowser } from '../../scripts/browsers.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { authorizationUrl, discover } from '../fixtures/sign-in.ts'
import { addGrowthChart, growth } from '../integration/oauth/launching.ts'
import { inspect } from './inspect.ts'

const VERIFIER = 'a-code-verifier-of-forty-three-characters-or-more'

let browser: Browser
let clinic: TestOrganization
test.beforeAll(async () => {
  browser = await chromium.launch({ executablePath: requireBrowser('chromium'), args: ['--no-sandbox'] })
  clinic = await startOrganization({ demo: 'riverside' })
  await addGrowthChart(clinic)
})
test.afterAll(async () => {
  await browser.close()
  await clinic.close()
})

/**
 * A page of a new context that answers for the application's addresses, as narrow as an authorization window or as wide as a
 * desktop.
 */
const openPage = async (width: number): Promise<Page> => {
  const page = await browser.newPage({ viewport: { width, height: 720 } })
  await page.route('https://growth.example/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<title>Growth Chart</title>' }),
  )
  return page
}

const signInAs = async (page: Page, name: string) => {
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password').fill(`${name}-demo`)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

const askFor = async (page: Page, scope: string, parameters: Record<string, string> = {}) => {
  const server = await discover(clinic.url)
  await page.goto(
    String(await authorizationUrl(server, { application: growth, scope, parameters }, VERIFIER)),
  )
}

for (const [name, width] of [
  ['narrow', 400],
  ['wide', 1280],
] as const)
  test(`Lee launches an application for Jane Doe and one of her visits, ${name}`, async () => {
    const page = await openPage(width)
    await page.goto(`${clinic.url}/ehr`)
    await signInAs(page, 'lee')
    await inspect(page, `ehr-${name}`)
    await page.getByLabel('Family').fill('Doe')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('status')).toContainText('patients match')
    await inspect(page, `ehr-found-${name}`)

    await page.getByLabel('Family').fill('')
    await page.getByLabel('Name, birth date or number').fill('DOE jane 1/15/1980')
    await page.getByRole('button', { name: 'Search patients' }).click()
    await expect(page.getByRole('status')).toContainText('Birth date: 15 Jan 1980.')
    await page.getByRole('link', { name: 'Jane Doe' }).click()
    await page
      .getByRole('link', { name: /Check-up/ })
      .first()
      .click()
    await expect(page.getByText(/the visit “Check-up”/)).toBeVisible()
    await inspect(page, `ehr-patient-${name}`)

    await page.getByRole('button', { name: 'Growth Chart' }).click()
    await page.waitForURL('https://growth.example/launch**')
    const launch = new URL(page.url()).searchParams.get('launch') ?? ''
    await askFor(page, 'launch openid fhirUser patient/*.rs', { launch })
    await expect(page.getByRole('checkbox', { name: /Jane Doe/ })).toBeChecked()
    await inspect(page, `ehr-consent-${name}`)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL('https://growth.example/callback**')
    expect(new URL(page.url()).searchParams.has('code')).toBe(true)
    await page.close()
  })

for (const [name, width] of [
  ['narrow', 400],
  ['wide', 1280],
] as const)
  test(`Lee picks the patient and the visit that an application requests, ${name}`, async () => {
    const page = await openPage(width)
    await askFor(page, 'openid launch/patient launch/encounter user/*.rs')
    await signInAs(page, 'lee')
    await inspect(page, `pick-patient-${name}`)
    await page.getByLabel('Identifier').fill('no such number')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('status')).toContainText(
      'No patient with the number no such number was found',
    )
    await page.getByLabel('Identifier').fill('')
    await page.getByLabel('Given').fill('Jane')
    await page.getByLabel('Family').fill('Doe')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('status')).toContainText('patients match')
    await inspect(page, `pick-patient-found-${name}`)
    await page
      .getByRole('button', { name: /Jane Doe/ })
      .first()
      .click()
    await expect(page.getByRole('heading', { name: /Which visit of Jane Doe/ })).toBeVisible()
    await inspect(page, `pick-visit-${name}`)
    await page
      .getByRole('button', { name: /Check-up/ })
      .first()
      .click()
    await expect(page.getByText('Jane Doe · Check-up')).toBeVisible()
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.waitForURL('https://growth.example/callback**')
    await page.close()
  })

test('cancelling returns to the application without a code', async () => {
  const page = await openPage(400)
  await askFor(page, 'launch/patient patient/*.rs')
  await signInAs(page, 'lee')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.waitForURL('https://growth.example/callback**')
  expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied')
  await page.close()
})
