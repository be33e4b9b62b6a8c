import type { Page } from '@playwright/test'
import { startRecordingServer } from '../fakes/recording-server.ts'
import { expect, test } from './fixtures.ts'
import { addOrganization, openOrganization, signOut } from './popup-frame.ts'
import { signIn } from './sign-in.ts'

const configuring = (options: Page) =>
  options.getByRole('form', { name: 'Configure OAuth Client Application' })

test('autoscan names each server by its own name, and a failed scan leaves nothing of an earlier one', async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const options = await carekey.options()
  const form = configuring(options)
  const scan = async (address: string) => {
    await form.getByLabel('Autoscan Server URL').fill(address)
    await form.getByRole('button', { name: 'Autoscan Server' }).click()
  }
  await form.getByLabel('Client ID').fill('carekey')
  await scan(pulse.url)
  await expect(form.getByLabel('Name', { exact: true })).toHaveValue('Pulse Devices')
  await form.getByRole('button', { name: 'Save Configuration' }).click()
  await expect(options.getByRole('button', { name: /^Configure Pulse Devices/ })).toBeVisible()
  await scan(riverside.url)
  await expect(form.getByLabel('Name', { exact: true })).toHaveValue('Riverside Clinic')
  await form.getByRole('button', { name: 'Cancel' }).click()
  await expect(form.getByLabel('Name', { exact: true })).toHaveValue('Pulse Devices')

  await options.getByRole('button', { name: 'Add another organization' }).click()
  await form.getByLabel('Client ID').fill('mine')
  await scan(riverside.url)
  await expect(form.getByLabel('Target Base URL')).toHaveValue(`${riverside.url}/fhir`)
  await scan(`${pulse.url}/nothing/here`)
  await expect(form.getByText(`${new URL(pulse.url).host} answers, but not as a FHIR server.`)).toBeVisible()
  for (const label of ['Target Base URL', 'Target Login URL', 'Name'])
    await expect(form.getByLabel(label, { exact: true })).toHaveValue('')
  await expect(form.getByLabel('Client ID')).toHaveValue('mine')
  await scan('http://localhost:9')
  await expect(form.getByText(/^localhost:9 cannot be reached/)).toBeVisible()
})

test('a button is pressed even if the page moves beneath the pointer, but not if the pointer moves away', async ({
  carekey,
}) => {
  const options = await carekey.options()
  const save = configuring(options).getByRole('button', { name: 'Save Configuration' })
  const problem = configuring(options).locator('[aria-invalid=true]').first()
  await save.hover()
  await options.mouse.down()
  await options.mouse.move(0, 0, { steps: 5 })
  await options.mouse.up()
  await expect(problem).toHaveCount(0)

  await save.hover()
  await options.mouse.down()
  const before = await save.boundingBox()
  await options.evaluate(() => {
    document.body.style.paddingTop = '200px'
  })
  await expect.poll(async () => (await save.boundingBox())?.y).not.toBe(before?.y)
  await options.mouse.up()
  await expect(problem).toBeVisible()
})

test('a Client ID that the organization does not know is reported when it is saved, not at the first sign-in', async ({
  carekey,
}) => {
  const server = await startRecordingServer(({ path, query }) => {
    if (path === '/metadata') return { body: { resourceType: 'CapabilityStatement' } }
    return path === '/authorize' && query.get('client_id') !== 'carekey' ? { status: 400 } : { body: {} }
  })
  const options = await carekey.options()
  const form = configuring(options)
  const refused = form.getByText(/does not know this Client ID with this Redirect URI, so nobody can sign in/)
  const save = async (clientId: string) => {
    await form.getByLabel('Client ID').fill(clientId)
    await expect(refused).toHaveCount(0)
    const before = server.requests.length
    await form.getByRole('button', { name: 'Save Configuration' }).click()
    await expect(form.getByText(/^Saved/)).toBeVisible()
    await expect.poll(() => server.requests.length).toBeGreaterThan(before)
  }
  await form.getByLabel('Target Base URL').fill(`${server.origin}/fhir`)
  await form.getByLabel('Target Login URL').fill(`${server.origin}/authorize`)
  await save('cariekey')
  await expect(refused).toBeVisible()
  await save('carekey')
  await expect(refused).toHaveCount(0)
  await server.close()
})

test('a scan that was still running when the person cancelled fills in nothing', async ({ carekey }) => {
  const { promise: cancelled, resolve: answer } = Promise.withResolvers<void>()
  const server = await startRecordingServer(async ({ path }) => {
    if (path === '/metadata') await cancelled
    if (!path.endsWith('/.well-known/smart-configuration')) return { status: 404 }
    return {
      body: {
        authorization_endpoint: `${server.origin}/authorize`,
        token_endpoint: `${server.origin}/token`,
      },
    }
  })
  const options = await carekey.options()
  const form = configuring(options)
  await form.getByLabel('Client ID').fill('mine')
  await form.getByLabel('Autoscan Server URL').fill(server.origin)
  await form.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect.poll(() => server.requests.length).toBe(1)
  await form.getByRole('button', { name: 'Cancel' }).click()
  answer()
  // The last request of a scan asks whether the application is known.
  await expect.poll(() => server.requests.at(-1)?.path).toBe('/authorize')
  await options.evaluate(() => chrome.runtime.sendMessage({ name: 'state' }))
  await expect(form.getByLabel('Target Base URL')).toHaveValue('')
  await server.close()
})

test('each page of the options has an address, one heading and its own mark; the back button returns to the typed text', async ({
  carekey,
}) => {
  const options = await carekey.options()
  await expect(options.getByRole('form', { name: 'Register Application with OAuth Server' })).toBeVisible()
  await configuring(options).getByLabel('Client ID').fill('typed-here')
  for (const [link, hash] of [
    ['Access log', 'access-log'],
    ['Compare access logs', 'compare-logs'],
    ['Configuration', 'configuration'],
    ['Lock', 'lock'],
    ['About', 'about'],
  ] as const) {
    await options.getByRole('link', { name: link, exact: true }).press('Enter')
    await expect(options.getByRole('heading', { level: 1 })).toHaveText(link)
    await expect(options.getByRole('heading', { level: 1 })).toBeFocused()
    await expect(options).toHaveURL(new RegExp(`#${hash}$`))
    await expect(options).toHaveTitle(new RegExp(`^${link} `))
    await expect(options.locator('[aria-current="page"]')).toHaveText([link])
    if (hash !== 'access-log') continue
    const [log, main] = await Promise.all([
      options.locator('#access-log').boundingBox(),
      options.locator('main').boundingBox(),
    ])
    expect(log?.width).toBe(main?.width)
    expect(log?.width).toBeGreaterThan(900)
  }
  for (let page = 0; page < 5; page++) await options.goBack()
  await expect(options.getByRole('heading', { level: 1 })).toHaveText('Administration')
  await expect(configuring(options).getByLabel('Client ID')).toHaveValue('typed-here')
  await options.evaluate(() => {
    location.hash = 'policy'
  })
  const policy = options.getByRole('region', { name: 'Policy' })
  await expect(policy).toBeInViewport()
  const newPage = carekey.context.waitForEvent('page')
  await policy.getByRole('link', { name: /^Guide/ }).click()
  await expect((await newPage).locator('body')).toContainText('/etc/opt/chrome/policies/managed/')
})

test('a patient sees organizations, lock and what Carekey keeps; administration is one link away', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  const options = await carekey.options('organizations')
  const links = options.getByRole('navigation').getByRole('link')
  await expect(links).toHaveText(['Organizations', 'Lock', 'Language and units', 'About', 'Administration'])
  await expect(options.getByRole('form')).toHaveCount(0)
  const row = options.getByRole('listitem').filter({ hasText: riverside.name })
  await expect(row.getByRole('button', { name: `Sign in with ${riverside.name}` })).toBeVisible()
  await signIn(carekey, popup, riverside, 'john', '1 hour')
  await expect(row).toContainText(/John Doe\s*1 h left/)
  await expect(row.getByRole('button')).toHaveCount(0)

  await links.filter({ hasText: 'Administration' }).click()
  await expect(links).toHaveText([
    ...['Organizations', 'Lock', 'Language and units', 'About'],
    ...['Administration', 'Applications', 'Access log', 'Compare access logs', 'Configuration'],
  ])
  await options.getByRole('button', { name: 'Register' }).click()
  await expect(options.getByRole('heading', { name: 'Register Application with OAuth Server' })).toBeFocused()
})

test('an administrator has the links of administration at once', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'admin', '1 hour')
  const options = await carekey.options('organizations')
  await expect(options.getByRole('link', { name: 'Access log', exact: true })).toBeVisible()
})

test('an invalid address is reported at its field', async ({ carekey }) => {
  const form = configuring(await carekey.options())
  await form.getByLabel('Autoscan Server URL').fill('the clinic')
  await form.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect(form.getByLabel('Autoscan Server URL')).toHaveAttribute('aria-invalid', 'true')
  await expect(form.getByText(/Write a whole address/)).toBeVisible()
})

test("the access log on screen stays one administrator's, and is gone when they sign out", async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, pulse, 'admin', 'This visit')
  await expect(popup.getByRole('button', { name: 'Access log' })).toBeVisible()
  const options = await carekey.options('access-log')
  const log = options.getByRole('region', { name: 'Access log', exact: true })
  const table = log.getByRole('table')
  await expect(table).toHaveAccessibleName(`Access log of ${pulse.name}, newest first`)

  await addOrganization(popup)
  await signIn(carekey, popup, riverside, 'admin', 'This visit')
  // Opens what the other account sees.
  await openOrganization(popup, pulse.name)
  await signOut(popup, pulse.name)
  await expect(log).toContainText(`is no longer signed in at ${pulse.name}`)
  await expect(table).toHaveCount(0)
  await expect(log.getByLabel('Organization').locator(':checked')).toHaveText(pulse.name)

  await log.getByLabel('Organization').selectOption({ label: riverside.name })
  await expect(table).toHaveAccessibleName(`Access log of ${riverside.name}, newest first`)
})
