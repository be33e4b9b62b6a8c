import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'

/** Lee signs in at the record system and opens Carekey for a patient. Returns the tab, and the window with the question. */
const launchAtEhr = async (page: Page, url: string, patient: string) => {
  await page.goto(`${url}/ehr/patient/${patient}`)
  await page.getByLabel('Username').fill('lee')
  await page.getByLabel('Password').fill('lee-demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: /Carekey/ }).click()
  const newPage = page.context().waitForEvent('page')
  await page.getByRole('button', { name: /^Open the record at/ }).click()
  return newPage
}

test('Dr. Lee at /ehr opens John Doe in Carekey, and closes him', async ({
  carekey,
  organizations: { riverside },
}) => {
  const page = await carekey.context.newPage()
  const window = await launchAtEhr(page, riverside.url, 'john-doe')
  await expect(window.getByText('John Doe').first()).toBeVisible()
  const closing = window.waitForEvent('close')
  await window.getByRole('button', { name: 'Allow' }).click()
  await closing
  await expect(page.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const vitals = page.getByRole('region', { name: 'Vital signs' })
  await expect(vitals).toContainText(/\d+\/\d+ mmHg/)
  expect(page.url()).toBe(`chrome-extension://${carekey.id}/extension/launch/index.html`)
  await inspect(page, 'launch-open')

  await page.reload()
  await expect(page.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const popup = await carekey.popup()
  await expect(popup.getByRole('button', { name: `Sign in with ${riverside.name}` })).toBeVisible()
  await expect(popup.getByRole('region', { name: 'Opened from a record system' })).toContainText(
    'Dr. Morgan Lee',
  )
  await expect(popup.getByText('John Doe')).toHaveCount(0)

  await page.getByRole('button', { name: 'Close this record' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'This visit is over' })).toBeVisible()
  await inspect(page, 'launch-over')
})

test('a visit that is closed in the popup names who opened it, and not its patient', async ({
  carekey,
  organizations: { riverside },
}) => {
  const page = await carekey.context.newPage()
  const window = await launchAtEhr(page, riverside.url, 'john-doe')
  const closing = window.waitForEvent('close')
  await window.getByRole('button', { name: 'Allow' }).click()
  await closing
  await expect(page.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const popup = await carekey.popup()
  await popup.getByRole('button', { name: 'Close this record' }).click()
  await expect(popup.getByText(/^Dr. Morgan Lee: Signed out of/)).toBeVisible()
  await expect(popup.getByText('John Doe')).toHaveCount(0)
  await expect(page.getByRole('status').filter({ hasText: 'This visit is over' })).toBeVisible()
})

test('F79 five unwanted launches send nothing before a click, and the button stands beside the organization and its host', async ({
  carekey,
  organizations: { riverside },
}) => {
  const requests: string[] = []
  carekey.context.on('request', (request) => requests.push(request.url()))
  const address = `chrome-extension://${carekey.id}/extension/launch/index.html`
  await carekey.context.route(`${riverside.url}/trap`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<script>for (let n = 0; n < 5; n++) setTimeout(() => open('${address}?iss=${riverside.url}/fhir&launch=' + n), n * 50)</script>`,
    }),
  )
  const trap = await carekey.context.newPage()
  await trap.goto(`${riverside.url}/trap`)
  const page = await carekey.context.newPage()
  await page.goto(`${address}?iss=${riverside.url}/fhir&launch=theirs`)
  await expect(page.getByRole('button', { name: `Open the record at ${riverside.name}` })).toBeVisible()
  await expect(page.getByText(new URL(riverside.url).host)).toBeVisible()
  await inspect(page, 'launch-asked')
  expect(page.url()).toBe(address)
  await page.reload()
  await expect(page.getByText('Launch Carekey there')).toBeVisible()
  const popup = await carekey.popup()
  expect(await popup.evaluate(() => chrome.storage.session.get('flow'))).toEqual({})
  expect(requests.filter((url) => url.includes('/oauth/') || url.includes('/fhir'))).toEqual([])
})

test('a launch from an unknown organization names its host, sends it nothing, and leads to where it is found', async ({
  carekey,
}) => {
  const page = await carekey.context.newPage()
  const requests: string[] = []
  carekey.context.on('request', (request) => requests.push(request.url()))
  const launch = `chrome-extension://${carekey.id}/extension/launch/index.html?iss=https://unknown.example/fhir&launch=1`
  await page.goto(launch)
  await expect(page.getByRole('status')).toContainText('unknown.example')
  await inspect(page, 'launch-unknown')
  const opened = carekey.context.waitForEvent('page')
  await page.getByRole('button', { name: 'Add an organization…' }).click()
  const find = await opened
  const box = find.getByLabel('Name, place or web address')
  await expect(box).toHaveValue('https://unknown.example/fhir')
  // Like the launch page, it leaves the address nowhere in the history.
  expect(new URL(find.url()).search).toBe('')
  await expect(box).toBeFocused()
  await expect(find.getByText('Carekey will read what unknown.example publishes about itself')).toBeVisible()
  await inspect(find, 'find-address-given')
  expect(requests.filter((url) => url.startsWith('https://unknown.example'))).toEqual([])
})

test('only the hosts of known organizations can open the page, and nobody can frame it', async ({
  carekey,
  organizations: { riverside },
}) => {
  const page = await carekey.context.newPage()
  const launch = `chrome-extension://${carekey.id}/extension/launch/index.html?iss=a&launch=b`
  await carekey.context.route('https://elsewhere.example/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<a href="${launch}">open</a>` }),
  )
  await page.goto('https://elsewhere.example/')
  await page.getByRole('link').click()
  await expect.poll(() => page.url()).not.toBe('https://elsewhere.example/')
  expect(page.url()).not.toContain('/extension/launch/')

  await carekey.context.route(`${riverside.url}/framing`, (route) =>
    route.fulfill({ contentType: 'text/html', body: `<iframe src="${launch}"></iframe>` }),
  )
  await page.goto(`${riverside.url}/framing`)
  await expect.poll(() => page.frames()[1]?.url()).toContain('chrome-error:')
})
