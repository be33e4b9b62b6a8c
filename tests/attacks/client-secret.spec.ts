import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { ADDRESSES } from '../fakes/mock-provider.ts'
import { configure, expect, isSignedIn, startSignIn, stored, test } from './extension.ts'

const name = 'Mock Clinic with a secret'
const clientSecret = 'a-secret-that-was-typed-here'

/** Everything a page shows or contains, including the values of fields. */
const contentOf = async (page: Page): Promise<string> => {
  const values = page
    .locator('input, textarea, select')
    .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value))
  return `${await page.content()} ${await values}`
}

test('E31 a saved client secret is used, and never shown again', async ({ popup, mock, carekey }) => {
  await configure(popup, mock, { name, clientSecret })
  const options = await carekey.options()
  await options.getByRole('button', { name: `Configure ${name}` }).click()
  const form = options.getByRole('form', { name: 'Configure OAuth Client Application' })
  await expect(form.getByLabel('Client ID')).toHaveValue('mock-client')
  await expect(form.getByLabel('Client Secret')).toHaveValue('')
  await expect(form).toContainText('A secret is saved. It is never shown again')
  expect(await contentOf(options)).not.toContain(clientSecret)
  for (const page of ['state', 'export-configuration'])
    expect(JSON.stringify(await answerTo(options, page))).not.toContain(clientSecret)

  const downloaded = options.waitForEvent('download')
  await options.getByRole('link', { name: 'Configuration' }).click()
  await options.getByRole('button', { name: 'Export configuration' }).click()
  const file = readFileSync(await (await downloaded).path(), 'utf8')
  expect(file).toContain(name)
  expect(file).not.toContain(clientSecret)

  const local = await stored(options, 'local')
  expect(Object.keys(Object(local.secrets))).toHaveLength(1)
  expect(
    JSON.stringify([local, await stored(options, 'session'), await stored(options, 'sync')]),
  ).not.toContain(clientSecret)

  await startSignIn(popup, { name })
  await isSignedIn(popup)
  expect(await contentOf(popup)).not.toContain(clientSecret)
  const [{ headers, form: sentForm } = { headers: {}, form: new URLSearchParams() }] = mock.requestsTo(
    ADDRESSES.token,
  )
  const [, credentials = ''] = headers.authorization?.split(' ') ?? []
  expect(decodeURIComponent(atob(credentials))).toBe(`mock-client:${clientSecret}`)
  expect([...sentForm.values()]).not.toContain(clientSecret)
})

const answerTo = (page: Page, request: string): Promise<unknown> =>
  page.evaluate((it) => chrome.runtime.sendMessage({ name: it }), request)

test('E31 a person who types a client secret is told that an extension cannot keep one', async ({
  carekey,
}) => {
  const options = await carekey.options()
  const field = options
    .getByRole('form', { name: 'Configure OAuth Client Application' })
    .getByLabel('Client Secret')
  await expect(field).toHaveAccessibleDescription(/public application.*cannot hide a secret/)
  await expect(field).toHaveAttribute('type', 'password')
})
