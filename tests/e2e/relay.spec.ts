import { expect, test } from './fixtures.ts'
import { addOrganization } from './popup-frame.ts'
import { allow, fillPassword, signIn } from './sign-in.ts'

test('M6 signing in at a provider that accepts only a web address works through the relay', async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const relay = `${riverside.url}/_oauth/OAuth2Server`
  const options = await carekey.options()
  const registering = options.getByRole('form', { name: 'Register Application with OAuth Server' })
  await registering.getByLabel('Organization').selectOption({ label: pulse.name })
  await registering.getByLabel('Client Name').fill(`Carekey by way of Riverside ${Date.now()}`)
  await registering.getByLabel('Redirect URI').fill(relay)
  const newPage = carekey.context.waitForEvent('page')
  await registering.getByRole('button', { name: 'Add Client' }).click()
  const window = await newPage
  await fillPassword(window, 'admin')
  await allow(window, 'This visit')
  await expect(registering.getByLabel('Client ID')).not.toHaveValue('')

  const form = options.getByRole('form', { name: 'Configure OAuth Client Application' })
  await form.getByLabel('Client ID').fill(await registering.getByLabel('Client ID').inputValue())
  await form.getByLabel('Client Secret').fill(await registering.getByLabel('Client Secret').inputValue())
  await form.getByLabel('Autoscan Server URL').fill(pulse.url)
  await form.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect(form.getByLabel('Target Base URL')).toHaveValue(`${pulse.url}/fhir`)
  await form.getByLabel('Redirect URI').fill(relay)
  await form.getByLabel('Name', { exact: true }).fill('Pulse by relay')
  await form.getByRole('button', { name: 'Save Configuration' }).click()
  await expect(form.getByRole('status').filter({ hasText: /saved/i })).toBeVisible()

  const popup = await carekey.popup()
  await addOrganization(popup)
  await signIn(carekey, popup, { ...pulse, name: 'Pulse by relay' }, 'john')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText(/kg/)
})

test('the relay forwards nothing to an address that it does not know', async ({
  carekey,
  organizations: { riverside },
}) => {
  const page = await carekey.context.newPage()
  const response = await page.goto(
    `${riverside.url}/_oauth/OAuth2Server?code=x&state=${'a'.repeat(43)}.evil&redirect_uri=https://evil.test/`,
  )
  expect(response?.status()).toBe(400)
  await expect(page.getByRole('heading', { name: /cannot continue/ })).toBeVisible()
})
