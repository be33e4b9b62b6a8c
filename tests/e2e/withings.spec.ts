import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext } from '@playwright/test'
import { buildExtension } from '../../scripts/build.ts'
import { demoApplication } from '../../server/demo/withings/application.ts'
import { johnsDetails, startWithingsOrganization } from '../fixtures/withings-organization.ts'
import { test as base, expect } from './fixtures.ts'
import { inspect } from './inspect.ts'
import type { Organization } from './organization.ts'
import { addOrganization } from './popup-frame.ts'
import { allow, sayIsSamePerson, signIn } from './sign-in.ts'
import { storedText } from './stored.ts'

/** The extension, built with an organization whose source is Withings (here: its stand-in). */
const test = base.extend<object, { withings: Pick<Organization, 'name' | 'url' | 'provider'> }>({
  withings: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the needed fixtures from this pattern.
    async ({}, use) => {
      const organization = await startWithingsOrganization()
      Object.defineProperty(organization.standIn.clock, 'now', { get: Date.now })
      const { url } = organization
      const provider = {
        id: 'withings',
        name: 'Withings',
        fhirBase: `${url}/fhir`,
        authorizationEndpoint: `${url}/oauth/authorize`,
        clientId: 'carekey',
      }
      await use({ name: 'Withings', url, provider })
      await organization.close()
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  extension: [
    async ({ folder, organizations, withings }, use) => {
      const outDir = join(folder, 'extension-with-withings')
      const providers = [organizations.riverside, organizations.pulse, withings].map(
        ({ provider }) => provider,
      )
      await buildExtension('chrome', { outDir, providers: JSON.stringify(providers) })
      await use(outDir)
    },
    { scope: 'worker' },
  ],
})

test('checklist W1, checklist W2 John signs in with Withings, sees his readings beside the clinic’s, corrects his name, and the secret is nowhere in his browser', async ({
  carekey,
  extension,
  organizations: { riverside },
  withings,
}) => {
  const received = listen(carekey.context)
  const popup = await carekey.popup()
  const newPage = carekey.context.waitForEvent('page')
  await popup.getByRole('button', { name: 'Sign in with Withings' }).click()
  const window = await newPage
  await expect(window.getByRole('button', { name: 'Sign in with Withings' })).toBeVisible()
  await inspect(window, 'login-withings')
  await window.getByRole('button', { name: 'Sign in with Withings' }).click()

  await expect(window.getByText('This is not Withings.')).toBeVisible()
  await window.getByLabel('Username').fill('john')
  await window.getByLabel('Password').fill('wrong')
  await window.getByRole('button', { name: 'Sign in' }).click()
  // The browser closes the window at a page with an error status.
  await expect(window.getByRole('alert')).toBeVisible()
  await window.getByLabel('Username').fill('john')
  await window.getByLabel('Password').fill('john-demo')
  await window.getByRole('button', { name: 'Sign in' }).click()
  await window.getByRole('button', { name: 'Allow', exact: true }).click()

  await expect(window.getByRole('heading', { name: 'Who are you?' })).toBeVisible()
  await inspect(window, 'name-withings')
  await window.getByLabel('Given name').fill(johnsDetails.given)
  await window.getByLabel('Family name').fill(johnsDetails.family)
  await window.getByLabel('Birth date').fill(johnsDetails.birthdate)
  await window.getByRole('button', { name: 'Continue' }).click()
  expect(window.url()).toContain(withings.url)
  await allow(window, '1 hour')

  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  for (const name of [/^Blood pressure/, /^Weight/])
    await expect(vitals.getByRole('button', { name })).toHaveAccessibleName(/Withings/)
  await expect(vitals).toContainText('mmHg')
  await expect(vitals).toContainText('kg')

  await addOrganization(popup)
  await signIn(carekey, popup, riverside, 'john')
  await sayIsSamePerson(popup)
  const both = /(Withings and Riverside Clinic|Riverside Clinic and Withings)/
  for (const name of ['Blood pressure', 'Weight']) {
    await vitals.getByRole('button', { name: new RegExp(`^${name}`) }).click()
    await expect(vitals.getByRole('img', { name })).toHaveAccessibleName(both)
    if (name === 'Blood pressure') await popup.getByRole('button', { name: 'Back' }).click()
  }
  // A reading that both hold is one row, with both names.
  await vitals.getByRole('radio', { name: 'All' }).click()
  const shared = vitals
    .getByRole('table', { name: 'Weight' })
    .getByRole('row')
    .filter({ hasText: /Withings/ })
  await expect(shared.filter({ hasText: /Riverside/ }).first()).toBeVisible()
  await inspect(popup, 'popup-withings')

  const account = await carekey.context.newPage()
  await account.goto(`${withings.url}/account`)
  await account.getByRole('button', { name: 'Sign in with Withings' }).click()
  await account.getByRole('button', { name: 'Allow', exact: true }).click()
  await account.getByRole('link', { name: 'Correct your name or birth date' }).click()
  await inspect(account, 'person-withings')
  await account.getByLabel('Given name').fill('Jon')
  await account.getByRole('button', { name: 'Save' }).click()
  await expect(account.getByRole('paragraph').filter({ hasText: /^Jon Doe$/ })).toBeVisible()
  await inspect(account, 'account-withings')

  const { clientSecret, clientId } = demoApplication
  const texts = [
    ...(await Promise.all(received)),
    ...(await Promise.all((['local', 'session'] as const).map((area) => storedText(popup, area)))),
    ...(await filesOf(extension)),
  ]
  expect(texts.join()).toContain(clientId)
  expect(texts.join()).not.toContain(clientSecret)
})

/** Everything that the context's pages send and receive from now on, as text. */
const listen = (context: BrowserContext): Promise<string>[] => {
  const texts: Promise<string>[] = []
  context.on('response', (response) => {
    const request = response.request()
    const sent = [response.url(), request.postData(), JSON.stringify(response.headers())].join()
    texts.push(
      response.text().then(
        (text) => sent + text,
        () => sent,
      ),
    )
  })
  return texts
}

const filesOf = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')))
}
