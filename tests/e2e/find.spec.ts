import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { buildExtension } from '../../scripts/build.ts'
import { type OpenOrganization, startOpenOrganization } from '../fakes/open-organization.ts'
import { runAdmin } from '../fixtures/run-command.ts'
import { type Carekey, startCarekey } from './carekey.ts'
import { test as base, expect } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { allow, fillPassword } from './sign-in.ts'

/** The extension as from a store: it knows no organization. Its directory lists one that is not ours. */
const test = base.extend<object, { lakeside: OpenOrganization; storeBrowser: Carekey }>({
  lakeside: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the needed fixtures from this pattern.
    async ({}, use) => {
      const lakeside = await startOpenOrganization()
      await use(lakeside)
      await lakeside.close()
    },
    { scope: 'worker' },
  ],
  storeBrowser: [
    async ({ folder, lakeside }, use) => {
      const directory = join(folder, 'directory.json')
      writeFileSync(directory, JSON.stringify(bundleOf(lakeside)))
      const outDir = join(folder, 'store-extension')
      await buildExtension('chrome', { outDir, providers: 'none', directory })
      const profile = mkdtempSync(join(folder, 'profile-'))
      const carekey = await startCarekey(outDir, profile)
      await use(carekey)
      await carekey.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  carekey: async ({ storeBrowser }, use) => {
    await use(storeBrowser)
    await storeBrowser.reset()
  },
})

const bundleOf = ({ name, url }: OpenOrganization) => ({
  resourceType: 'Bundle',
  entry: [
    {
      resource: {
        resourceType: 'Organization',
        name,
        address: [{ city: 'Springfield' }],
        endpoint: [{ reference: 'Endpoint/lakeside' }],
      },
    },
    {
      resource: {
        resourceType: 'Endpoint',
        id: 'lakeside',
        status: 'active',
        connectionType: { code: 'hl7-fhir-rest' },
        address: `${url}/fhir`,
      },
    },
  ],
})

/** Opens the search page from the empty popup. */
const openFind = async (carekey: Carekey): Promise<Page> => {
  const popup = await carekey.popup()
  const newPage = carekey.context.waitForEvent('page')
  await popup.getByRole('button', { name: 'Add an organization…' }).click()
  const page = await newPage
  await expect(page.getByRole('heading', { name: 'Add an organization' })).toBeVisible()
  await popup.close()
  return page
}

const search = async (page: Page, text: string) => {
  await page.getByLabel('Name, place or web address').fill(text)
  await page.getByRole('button', { name: 'Find' }).click()
}

/** Signs in on the pages of Lakeside's own server. */
const signInAtLakeside = async (carekey: Carekey, page: Page) => {
  const newPage = carekey.context.waitForEvent('page')
  await page.getByRole('button', { name: 'Sign in with Lakeside Clinic' }).click()
  const window = await newPage
  await window.locator('[name=login]').fill('mara')
  await window.locator('[name=password]').fill('any')
  await window.getByRole('button', { name: 'Sign-in' }).click()
  const closing = window.waitForEvent('close')
  await window.getByRole('button', { name: 'Continue' }).click()
  await closing
  await expect(page.getByText('You are signed in at Lakeside Clinic.')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'Lakeside Clinic' })).toBeFocused()
}

for (const [what, textFor] of [
  ['name', () => 'lake spring'],
  ['web address', ({ url }: OpenOrganization) => url.replace('http://', '')],
] as const)
  test(`a patient finds an organization by ${what}, which registers Carekey by itself, and signs in`, async ({
    carekey,
    lakeside,
  }) => {
    const page = await openFind(carekey)
    await search(page, textFor(lakeside))
    await signInAtLakeside(carekey, page)
    await inspect(page, `find-${what.replace(' ', '-')}`)
    expect(lakeside.registered.at(-1)?.redirect_uris).toEqual([
      `https://${carekey.id}.chromiumapp.org/http/${new URL(lakeside.url).host}/fhir`,
    ])
    const popup = await carekey.popup()
    await expect(popup.getByRole('heading', { name: 'Mara Lake' })).toBeVisible()
  })

test('earlier results disappear at once while the browser asks for permission for the next address', async ({
  carekey,
}) => {
  const page = await openFind(carekey)
  await search(page, 'lake')
  const result = page.getByText('1 organization found.')
  await expect(result).toBeVisible()
  await search(page, 'nowhere.invalid')
  await expect(result).toBeHidden()
  await expect(page.getByText(/nowhere\.invalid.*…/)).toBeVisible()
})

test('a patient asks the organization to register Carekey, types its Client ID and signs in', async ({
  carekey,
  folder,
  organizations: { riverside },
}) => {
  const page = await openFind(carekey)
  await search(page, riverside.url)
  await page.getByRole('button', { name: 'Sign in with Riverside Clinic' }).click()
  await expect(
    page.getByText('If the staff of Riverside Clinic have set up Carekey already, type the Client ID'),
  ).toBeVisible()
  const request = page.getByLabel('Send this text')
  await expect(request).toHaveValue(/Hello/)
  const text = await request.inputValue()
  await inspect(page, 'find-ask')
  // The organization's administrator registers what the text says, and answers with the Client ID.
  const redirects = text.split('\n').filter((line) => line.startsWith('https://'))
  const [, scope = ''] = /^Scopes: (.*)$/m.exec(text) ?? []
  const registration = await runAdmin([
    ...['client', 'add', '--name', 'Carekey', '--public', '--scope', scope],
    ...redirects.flatMap((redirect) => ['--redirect', redirect]),
    ...['--db', `sqlite:${join(folder, 'riverside.db')}`],
  ])
  expect(registration.status, registration.last).toBe(0)

  await page.getByLabel('Type the Client ID').fill(JSON.parse(registration.out).client_id)
  const newPage = carekey.context.waitForEvent('page')
  await page.getByRole('button', { name: 'Sign in with Riverside Clinic' }).click()
  const window = await newPage
  await fillPassword(window, 'john')
  await allow(window, '1 hour')
  await expect(page.getByText('You are signed in at Riverside Clinic.')).toBeVisible()
  const popup = await carekey.popup()
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
})
