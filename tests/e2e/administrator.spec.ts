import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { redirectAddress } from '../../values/extension-addresses.ts'
import type { Carekey } from './carekey.ts'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import type { Organization } from './organization.ts'
import { addOrganization } from './popup-frame.ts'
import { readAs } from './record.ts'
import { allow, fillPassword, signIn } from './sign-in.ts'

const registering = (options: Page) =>
  options.getByRole('form', { name: 'Register Application with OAuth Server' })
const configuring = (options: Page) =>
  options.getByRole('form', { name: 'Configure OAuth Client Application' })

/** Registers an application. Signs in as administrator first if nobody is signed in. */
const register = async (carekey: Carekey, options: Page, organization: Organization, clientName: string) => {
  const form = registering(options)
  await form.getByLabel('Organization').selectOption({ label: organization.name })
  await form.getByLabel('Client Name').fill(clientName)
  const newPage = carekey.context.waitForEvent('page')
  await form.getByRole('button', { name: 'Add Client' }).click()
  const window = await newPage
  await fillPassword(window, 'admin')
  await inspect(window, 'consent-administrator')
  await allow(window, 'This visit')
  await expect(form.getByLabel('Client ID')).not.toHaveValue('')
  return {
    id: await form.getByLabel('Client ID').inputValue(),
    secret: await form.getByLabel('Client Secret').inputValue(),
  }
}

test('M2 the administrator registers and configures an application, which becomes a button that works', async ({
  carekey,
  organizations: { riverside },
}) => {
  const options = await carekey.options()
  await inspect(options, 'options')
  const client = await register(carekey, options, riverside, `Ward tablet ${Date.now()}`)
  expect(client.secret.length).toBeGreaterThan(20)
  await inspect(options, 'options-registered')
  const again = registering(options).getByRole('button', { name: 'Add Client' })
  await again.click()
  const inUse = registering(options).getByText(
    `has an application with this name, or one that looks like it, already (Client ID ${client.id})`,
  )
  await expect(inUse).toBeVisible()
  await again.click()
  await expect(registering(options).getByLabel('Client ID')).not.toHaveValue(client.id)
  await expect(inUse).toBeHidden()

  const form = configuring(options)
  await form.getByLabel('Client ID').fill(client.id)
  await form.getByLabel('Client Secret').fill(client.secret)
  await form.getByLabel('Autoscan Server URL').fill(`${riverside.url}/metadata`)
  await form.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect(form.getByLabel('Target Base URL')).toHaveValue(`${riverside.url}/fhir`)
  await expect(form.getByLabel('Target Login URL')).toHaveValue(`${riverside.url}/oauth/authorize`)
  await expect(form.getByLabel('Redirect URI')).toHaveValue(
    redirectAddress(`https://${carekey.id}.chromiumapp.org/`, `${riverside.url}/fhir`),
  )
  await inspect(options, 'options-autoscan')
  await form.getByLabel('Name', { exact: true }).fill('Riverside Ward')
  await form.getByRole('button', { name: 'Save Configuration' }).click()
  await expect(form.getByRole('status').filter({ hasText: /saved/i })).toBeVisible()

  const popup = await carekey.popup()
  await addOrganization(popup)
  await signIn(carekey, popup, { ...riverside, name: 'Riverside Ward' }, 'john', '30 days')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText(/\d+\/\d+ mmHg/)

  await options.reload()
  expect(await options.content()).not.toContain(client.secret)
})

for (const path of ['', '/fhir', '/metadata']) {
  test(`autoscan accepts the address B${path}`, async ({ carekey, organizations: { pulse } }) => {
    const options = await carekey.options()
    const form = configuring(options)
    await form.getByLabel('Autoscan Server URL').fill(`${pulse.url}${path}`)
    await form.getByRole('button', { name: 'Autoscan Server' }).click()
    await expect(form.getByLabel('Target Base URL')).toHaveValue(`${pulse.url}/fhir`)
    await expect(form.getByLabel('Target Login URL')).toHaveValue(`${pulse.url}/oauth/authorize`)
    await expect(registering(options).getByLabel('Organization').locator(':checked')).toHaveText(pulse.name)
  })
}

test('M2 Cancel restores the saved values, Reset removes the provider', async ({
  carekey,
  organizations: { pulse },
}) => {
  const options = await carekey.options()
  const form = configuring(options)
  await form.getByLabel('Client ID').fill('some-client')
  await form.getByLabel('Autoscan Server URL').fill(new URL(pulse.url).host)
  await form.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect(form.getByLabel('Target Base URL')).toHaveValue(`${pulse.url}/fhir`)
  await form.getByLabel('Name', { exact: true }).fill('Pulse for tests')
  await form.getByRole('button', { name: 'Save Configuration' }).click()
  await expect(form.getByRole('status').filter({ hasText: /saved/i })).toBeVisible()

  await expect(form).toContainText('“Reset Service Configuration” removes Pulse for tests from Carekey')
  await form.getByLabel('Client ID').fill('another-client')
  await form.getByRole('button', { name: 'Cancel' }).click()
  await expect(form.getByLabel('Client ID')).toHaveValue('some-client')

  await form.getByRole('button', { name: 'Reset Service Configuration' }).click()
  await inspect(options, 'options-reset')
  await options
    .getByRole('dialog')
    .getByRole('button', { name: /reset|remove/i })
    .click()
  await expect(form.getByLabel('Client ID')).toHaveValue('')
  const popup = await carekey.popup()
  await expect(popup.getByRole('button', { name: 'Sign in with Pulse for tests' })).toHaveCount(0)
})

test('M5 the administrator reads who did what, on the options page and at AuditEvent', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText(/mmHg/)

  const options = await carekey.options('access-log')
  const log = options.getByRole('region', { name: 'Access log', exact: true })
  await log.getByLabel('Organization').selectOption({ label: riverside.name })
  const newPage = carekey.context.waitForEvent('page')
  await log.getByRole('button', { name: /sign in/i }).click()
  const window = await newPage
  await fillPassword(window, 'admin')
  await allow(window, 'This visit')
  const visit = log.getByRole('row').filter({ hasText: 'John Doe' })
  await visit
    .getByRole('button', { name: /^\d+ entries$/ })
    .first()
    .click()
  await expect(
    log.getByRole('row').filter({ hasText: 'John Doe' }).filter({ hasText: 'Observation' }).first(),
  ).toBeVisible()
  await inspect(options, 'options-access-log')

  const filter = log.getByRole('form', { name: 'Filter the access log' })
  await filter.getByLabel('What was done').selectOption({ label: 'Consent' })
  await filter.getByRole('button', { name: 'Filter' }).click()
  await expect(log.getByRole('row').filter({ hasText: 'Observation' })).toHaveCount(0)
  await expect(
    log.getByRole('row').filter({ hasText: 'Consent: allowed Carekey to read' }).first(),
  ).toBeVisible()
  const downloaded = options.waitForEvent('download')
  await log.getByRole('button', { name: 'Download as a table (CSV)' }).click()
  const rows = readFileSync(await (await downloaded).path(), 'utf8')
    .trim()
    .split('\r\n')
    .slice(1)
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row).toContain(',"consent",')
  await inspect(options, 'options-access-log-filtered')

  await filter.getByLabel('Patient').fill('Nobody Here')
  await filter.getByRole('button', { name: 'Filter' }).click()
  await expect(log.getByText(`${riverside.name} knows no patient by this name or number`)).toBeVisible()
  await filter.getByLabel('Patient').fill('John Doe')
  await filter.getByLabel('Outcome').selectOption({ label: 'Failed' })
  await filter.getByRole('button', { name: 'Filter' }).click()
  await expect(log.getByText(/lists no entry that matches all of these/)).toBeVisible()

  const administrator = await readAs(riverside, 'admin', 'openid fhirUser user/AuditEvent.rs')
  const bundle = await administrator.read('AuditEvent?_count=100')
  const actions = bundle.entry.map((it: { resource: { action: string } }) => it.resource.action)
  expect(actions).toContain('E')
  expect(JSON.stringify(bundle)).toContain('John Doe')
})

test('an administrator who signs in from the popup is led to the administration pages', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'admin')
  await expect(popup.getByRole('button', { name: 'Access log' })).toBeVisible()
  await inspect(popup, 'popup-administrator')
})

test('a registered application is listed, given a new secret, and deleted at the organization', async ({
  carekey,
  organizations: { riverside },
}) => {
  const options = await carekey.options()
  await expect(options.getByLabel('Chrome, Edge and other Chromium browsers')).toHaveValue(
    redirectAddress(`https://${carekey.id}.chromiumapp.org/`, `${riverside.url}/fhir`),
  )
  const client = await register(carekey, options, riverside, 'Ward phone')
  const clients = options.getByRole('region', { name: 'Registered from here' })
  await expect(clients).toContainText(client.id)

  await clients.getByRole('button', { name: 'New secret for Ward phone' }).click()
  await inspect(options, 'options-rotate')
  await options.getByRole('dialog').getByRole('button', { name: 'New secret' }).click()
  await expect(clients.getByLabel('Client Secret')).not.toHaveValue('')
  expect(await clients.getByLabel('Client Secret').inputValue()).not.toBe(client.secret)
  await inspect(options, 'options-clients')

  await clients.getByRole('button', { name: 'Delete Ward phone' }).click()
  await options.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(clients).toBeHidden()

  const scan = configuring(options)
  await scan.getByLabel('Client ID').fill(client.id)
  await scan.getByLabel('Autoscan Server URL').fill(riverside.url)
  await scan.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect(scan.getByLabel('Target Base URL')).toHaveValue(`${riverside.url}/fhir`)
})

test('an application is chosen from all of the organization, its name and scopes edited, and its sign-in tried', async ({
  carekey,
  organizations: { riverside },
}) => {
  const options = await carekey.options()
  await register(carekey, options, riverside, 'Ward watch')
  await options.getByRole('link', { name: 'Applications', exact: true }).click()
  const all = options.getByRole('region', { name: 'Applications at Riverside Clinic' })
  await all.getByRole('button', { name: /^Ward watch/ }).click()
  const chosen = options.getByRole('region', { name: 'Ward watch' })
  await expect(chosen.getByRole('heading', { name: 'Ward watch' })).toBeFocused()
  await expect(chosen).toContainText('Nobody now')

  await chosen.getByRole('button', { name: 'Edit Ward watch' }).click()
  const form = options.getByRole('form', { name: 'Edit Ward watch' })
  await form.getByLabel('Client Name').fill('Ward clock')
  await form.getByLabel('Add scopes').fill('patient/Patient.rs patient/Condition.rs')
  await form.getByRole('button', { name: 'Save changes' }).click()
  const edited = options.getByRole('region', { name: 'Ward clock' })
  await expect(edited.getByText('patient/Condition.rs')).toBeVisible()
  await edited.getByRole('button', { name: 'Edit Ward clock' }).click()
  await options.getByLabel('Conditions, of one patient').uncheck()
  await options.getByRole('button', { name: 'Save changes' }).click()
  await expect(edited.getByText('patient/Patient.rs')).toBeVisible()
  await expect(edited.getByText('patient/Condition.rs')).toHaveCount(0)
  await expect(all.getByRole('button', { name: /^Ward clock/ })).toBeVisible()
  await inspect(options, 'options-application')

  const opened = carekey.context.waitForEvent('page')
  await edited.getByRole('button', { name: 'Try sign-in of Ward clock' }).click()
  const signIn = await opened
  await expect(signIn.getByText('Ward clock').first()).toBeVisible()
  await expect(signIn.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await signIn.close()

  await edited.getByRole('button', { name: 'Delete Ward clock' }).click()
  await options.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await expect(all.getByRole('button', { name: /^Ward clock/ })).toHaveCount(0)
})

test('an organization is found in a list, and its address entered in the form', async ({
  carekey,
  organizations: { pulse },
}) => {
  const options = await carekey.options()
  const list = options.getByRole('form', { name: 'Find an organization in a list' })
  await list.getByLabel('Address of the list').fill(`${pulse.url}/brands.json`)
  await list.getByLabel('Name or place').fill('pulse')
  await list.getByRole('button', { name: 'Search the list' }).click()
  await expect(list.getByRole('listitem')).toContainText('Pulse Devices')
  await inspect(options, 'options-brands')
})

test('the configuration is exported without secrets, and imported after its changes were shown', async ({
  carekey,
  organizations: { pulse },
}) => {
  const options = await carekey.options()
  const form = configuring(options)
  await form.getByLabel('Client ID').fill('some-client')
  await form.getByLabel('Client Secret').fill('a-secret-of-mine')
  await form.getByLabel('Autoscan Server URL').fill(pulse.url)
  await form.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect(form.getByLabel('Target Base URL')).toHaveValue(`${pulse.url}/fhir`)
  await form.getByLabel('Name', { exact: true }).fill('Pulse for tests')
  await form.getByRole('button', { name: 'Save Configuration' }).click()
  await expect(form.getByRole('status').filter({ hasText: /saved/i })).toBeVisible()

  await options.getByRole('link', { name: 'Configuration' }).click()
  const section = options.getByRole('region', { name: 'Configuration', exact: true })
  const downloaded = options.waitForEvent('download')
  await section.getByRole('button', { name: 'Export configuration' }).click()
  const text = readFileSync(await (await downloaded).path(), 'utf8')
  expect(text).toContain('Pulse for tests')
  expect(text).not.toContain('a-secret-of-mine')

  const choose = (content: string) =>
    section.getByLabel('Configuration file').setInputFiles({
      name: 'configuration.json',
      mimeType: 'application/json',
      buffer: Buffer.from(content),
    })
  await choose(text.replace('"version": 1', '"version": 2'))
  await expect(section.getByText(/cannot be imported/)).toBeVisible()
  await inspect(options, 'options-import-refused')

  await choose(text)
  await expect(section.getByText(/^Nothing changes/)).toBeVisible()
  await expect(section.getByRole('button', { name: 'Import', exact: true })).toHaveCount(0)

  await choose(text.replace('Pulse for tests', 'Pulse renamed'))
  await expect(section.getByRole('listitem')).toContainText('Pulse for tests → Pulse renamed')
  await inspect(options, 'options-import')
  await section.getByRole('button', { name: 'Import', exact: true }).click()
  await expect(section.getByText(/^Imported/)).toBeVisible()
  const popup = await carekey.popup()
  await expect(popup.getByRole('button', { name: 'Sign in with Pulse renamed' })).toBeVisible()
})
