import { type Browser, chromium, expect, type Page, test } from '@playwright/test'
import { requireBrowser } from '../../scripts/browsers.ts'
import { putClient } from '../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { type Application, authorizationUrl, carekey, discover, signIn } from '../fixtures/sign-in.ts'
import { inspect, pictures } from './inspect.ts'

const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs'
const LIMITED =
  'openid launch/patient patient/Patient.read patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
/** An application that claims to be more than it is (A29). */
const shouting: Application = { client_id: 'shouting', redirect_uri: 'https://shouting.example/' }
const PHONE =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36'
const VERIFIER = 'a-code-verifier-of-forty-three-characters-or-more'

let browser: Browser
let clinic: TestOrganization
test.beforeAll(async () => {
  browser = await chromium.launch({ executablePath: requireBrowser('chromium'), args: ['--no-sandbox'] })
  clinic = await startOrganization({ demo: 'riverside' })
  await clinic.store.write((trx) =>
    putClient(trx, {
      client_id: shouting.client_id,
      client_name: `<img src=x onerror=alert(1)> \u202eSTOP ${'VERY TRUSTWORTHY '.repeat(600)}`,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [shouting.redirect_uri],
    }),
  )
  for (const window of ['day', 'open'] as const)
    await signIn(clinic.url, {
      ...{ username: 'john', scope: SCOPE, application: carekey, window },
      fetch: (input, init) => {
        const headers = new Headers(init?.headers)
        if (window === 'day') headers.set('user-agent', PHONE)
        return fetch(input, { ...init, headers })
      },
    })
})
test.afterAll(async () => {
  await browser.close()
  await clinic.close()
})

/** A page of a new context, as wide as an authorization window or a desktop, for a person who reads this language. */
const openPage = (width: number, locale: string): Promise<Page> =>
  browser.newPage({ viewport: { width, height: 720 }, locale })

const signInWith = async (
  page: Page,
  words: [username: string, password: string, button: string],
  username = 'john',
) => {
  await page.getByLabel(words[0]).fill(username)
  await page.getByLabel(words[1]).fill(`${username}-demo`)
  await page.getByRole('button', { name: words[2] }).click()
}
const ENGLISH: [string, string, string] = ['Username', 'Password', 'Sign in']
const SPANISH: [string, string, string] = ['Usuario', 'Contraseña', 'Iniciar sesión']

test('S26 a patient manages the connected applications on the account page', async () => {
  const page = await openPage(400, 'en-US')
  await page.goto(`${clinic.url}/account`)
  await inspect(page, 'account-login')
  await signInWith(page, ENGLISH)
  await expect(page.getByRole('heading', { name: 'Connected applications' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'in Samsung Internet on Android' })).toHaveCount(1)
  await inspect(page, 'account')

  await page.getByRole('link', { name: 'Change or disconnect Carekey' }).first().click()
  await expect(page.getByRole('heading', { name: 'Carekey' })).toBeVisible()
  await inspect(page, 'connection')

  // With the keyboard only: untick one, save.
  const care = page.getByRole('checkbox', { name: 'Visits and care' })
  await care.focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status')).toContainText('now allows only what is listed here')
  await expect(care).toBeHidden()
  await inspect(page, 'connection-narrowed')

  const medications = page.getByRole('checkbox', { name: 'Medications and immunizations' })
  await medications.uncheck()
  await page.getByRole('radio', { name: '1 hour' }).check()
  await page.getByRole('button', { name: 'Save changes' }).click()
  await expect(page.getByRole('status')).toContainText('listed here, and ends sooner')
  await expect(medications).toBeHidden()

  await page.getByRole('link', { name: 'End this connection' }).click()
  await expect(page.getByRole('heading', { name: 'End this connection of Carekey?' })).toBeVisible()
  await inspect(page, 'end-connection')
  await page.getByRole('link', { name: 'Keep it' }).click()
  await page.getByRole('link', { name: 'End this connection' }).click()
  await page.getByRole('button', { name: 'End it' }).click()
  const link = page.getByRole('link', { name: 'Change or disconnect Carekey' })
  await expect(link).toHaveCount(1)
  await link.click()
  await page.getByRole('link', { name: 'Disconnect' }).click()
  await expect(page.getByRole('heading', { name: 'Disconnect Carekey?' })).toBeVisible()
  await inspect(page, 'disconnect')
  await page.getByRole('link', { name: 'Keep it' }).click()
  await page.getByRole('link', { name: 'Back to your account' }).click()

  await page.getByRole('link', { name: 'Show who read my record' }).click()
  await expect(page.getByRole('heading', { name: 'Who read my record' })).toBeVisible()
  await expect(page.getByText('ended a connection of Carekey').first()).toBeVisible()
  await inspect(page, 'account-log')

  await page.goto(`${clinic.url}/account/connections/none`)
  await inspect(page, 'account-not-found')
  await page.getByRole('link', { name: 'Back to your account' }).click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.goto(`${clinic.url}/account`)
  await expect(page.getByLabel('Username')).toBeVisible()
  await page.close()
})

test('the account at a desktop, in Spanish', async () => {
  const page = await openPage(1200, 'es-ES')
  await page.goto(`${clinic.url}/login`)
  await signInWith(page, SPANISH)
  await expect(page.getByRole('heading', { name: 'Aplicaciones conectadas' })).toBeVisible()
  await inspect(page, 'account-es')
  await page.getByRole('link', { name: 'Cambiar o desconectar Carekey' }).first().click()
  await inspect(page, 'connection-es')
  await page.getByRole('link', { name: 'Volver a su cuenta' }).click()
  await page.getByRole('link', { name: 'Ver quién leyó mi historia' }).click()
  await inspect(page, 'account-log-es')
  await page.close()
})

test('a person changes their password, and reads what that ends', async () => {
  const spanish = await openPage(320, 'es-ES')
  await spanish.goto(`${clinic.url}/login?next=/account/security`)
  await signInWith(spanish, SPANISH, 'jane')
  await expect(spanish.getByRole('heading', { name: 'Cambiar su contraseña' })).toBeVisible()
  await spanish.getByLabel('Contraseña actual').fill('guess')
  await spanish.getByLabel('Contraseña nueva').fill('seven purple lanterns')
  await spanish.getByLabel('Repetir la contraseña').fill('seven purple lanterns')
  await spanish.getByRole('button', { name: 'Guardar la contraseña' }).click()
  await expect(spanish.getByRole('alert')).toContainText('La contraseña actual no es correcta.')
  await inspect(spanish, 'account-security-es')

  const page = await openPage(400, 'en-US')
  await page.goto(`${clinic.url}/account`)
  await signInWith(page, ENGLISH, 'jane')
  await page.getByRole('link', { name: 'Change your password' }).click()
  await inspect(page, 'account-security')
  await expect(page.getByLabel('Current password')).toBeFocused()
  await page.keyboard.type('jane-demo')
  await page.keyboard.press('Tab')
  await page.keyboard.type('seven purple lanterns')
  await page.keyboard.press('Tab')
  await page.keyboard.type('seven purple lanterns')
  await page.getByRole('button', { name: 'Show all passwords' }).click()
  await expect(page.getByLabel('Current password')).toHaveAttribute('type', 'text')
  await page.getByRole('button', { name: 'Save password' }).click()
  await expect(page.getByRole('status')).toContainText('Your password is changed.')
  await inspect(page, 'account-password-changed')
  await spanish.reload()
  await expect(spanish.getByLabel('Usuario')).toBeVisible()
  for (const each of [spanish, page]) await each.close()
})

const askFor = async (page: Page, application: Application, scope: string, words = ENGLISH) => {
  const server = await discover(clinic.url)
  await page.goto(String(await authorizationUrl(server, { application, scope }, VERIFIER)))
  await signInWith(page, words)
}

test('consent says what is shared, how much of it, for how long, and who asks', async () => {
  const page = await openPage(400, 'en-US')
  await askFor(page, carekey, SCOPE)
  await expect(page.getByRole('heading', { name: 'Carekey wants to read from your record' })).toBeVisible()
  await expect(page.getByRole('checkbox', { name: /Vital signs and results \d+ readings/ })).toBeChecked()
  await expect(page.getByRole('radiogroup', { name: 'How long' }).getByRole('radio')).toHaveCount(5)
  await inspect(page, 'consent')
  for (const box of await page.getByRole('checkbox').all()) await box.uncheck()
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  await inspect(page, 'consent-nothing-chosen')
  await page.close()
})

test('consent offers the parts of what it asks for instead of the whole, not beside it', async () => {
  const page = await openPage(400, 'en-US')
  const observations = ['', '?category=laboratory', '?category=vital-signs']
  const scope = observations.map((limit) => `patient/Observation.rs${limit}`).join(' ')
  await askFor(page, carekey, `openid launch/patient patient/Condition.rs ${scope}`)
  const laboratory = page.getByRole('checkbox', { name: 'Laboratory results' })
  await expect(laboratory).toBeHidden()
  await page.getByRole('checkbox', { name: 'Vital signs and results' }).uncheck()
  await expect(laboratory).toBeVisible()
  await expect(laboratory).not.toBeChecked()
  await laboratory.check()
  await inspect(page, 'consent-parts')
  await page.close()
})

test('in a small window a password can be seen, times are those of the browser, and Allow is in view', async () => {
  const viewport = { width: 400, height: 700 }
  const page = await browser.newPage({ viewport, locale: 'en-US', timezoneId: 'America/Chicago' })
  const server = await discover(clinic.url)
  await page.goto(String(await authorizationUrl(server, { application: carekey, scope: SCOPE }, VERIFIER)))
  const password = page.getByLabel('Password')
  await password.fill('john-demo')
  await page.getByRole('button', { name: 'Show password' }).click()
  await expect(password).toHaveAttribute('type', 'text')
  await page.getByText('Forgot your password?').click()
  await expect(page.getByText('Ask Riverside Clinic, in person or by phone.')).toBeVisible()
  await inspect(page, 'login-open')
  await page.getByRole('button', { name: 'Hide password' }).click()
  await expect(password).toHaveAttribute('type', 'password')
  await page.getByLabel('Username').fill('john')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/until .+ (CST|CDT|GMT-[56])/).first()).toBeVisible()
  await expect(page.getByRole('button', { name: 'Allow' })).toBeInViewport({ ratio: 1 })
  await expect(page.getByRole('button', { name: 'Deny' })).toBeInViewport({ ratio: 1 })
  await page.screenshot({ path: `${pictures}/consent-small.png` })
  // The focused element is not hidden behind the buttons.
  for (const choice of await page.getByRole('radio').all()) {
    await choice.focus()
    await page.waitForTimeout(50)
    const covered = await choice.evaluate((element) => {
      const { x, y, width, height } = element.getBoundingClientRect()
      return document.elementFromPoint(x + width / 2, y + height / 2) !== element
    })
    expect(covered).toBe(false)
  }
  await page.close()
})

test('signing in works without the script: nothing that needs it is offered, and times are in UTC', async () => {
  const page = await browser.newPage({
    locale: 'en-US',
    javaScriptEnabled: false,
    timezoneId: 'America/Chicago',
  })
  await page.goto(`${clinic.url}/login?next=/account/log`)
  await expect(page.getByRole('button')).toHaveCount(1)
  await signInWith(page, ENGLISH)
  await expect(page.getByText('Times are in UTC')).toBeVisible()
  await page.close()
})

test('consent to a limited scope for one visit, at a desktop, in Spanish', async () => {
  const page = await openPage(1200, 'es-MX')
  await askFor(page, carekey, LIMITED, SPANISH)
  await expect(page.getByRole('checkbox', { name: /Resultados de laboratorio/ })).toBeChecked()
  await expect(page.getByText('No pide seguir conectada')).toBeVisible()
  await inspect(page, 'consent-es')
  await page.close()
})

test('A29 a very long name with reversed text is shown short, as text', async () => {
  const page = await openPage(400, 'en-US')
  await askFor(page, shouting, SCOPE)
  const heading = page.getByRole('heading', { level: 1 })
  await expect(heading).toContainText('<img src=x onerror=alert(1)> STOP VERY')
  await expect(heading).toContainText('… wants to read from your record')
  expect((await page.content()).includes('\u202e')).toBe(false)
  await expect(page.locator('img')).toHaveCount(0)
  await inspect(page, 'consent-shouting')
  await page.close()
})

test("a request that cannot continue says so in the visitor's language", async () => {
  const page = await openPage(400, 'es-ES')
  const server = await discover(clinic.url)
  const parameters = { redirect_uri: 'https://evil.example/' }
  await page.goto(
    String(await authorizationUrl(server, { application: carekey, scope: SCOPE, parameters }, VERIFIER)),
  )
  await expect(page.getByRole('heading', { name: 'No se aceptó esta petición' })).toBeVisible()
  await inspect(page, 'problem-es')
  await page.close()
})
