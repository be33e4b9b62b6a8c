import { type Browser, chromium, expect, type Page, test } from '@playwright/test'
import type { fhirclient } from 'fhirclient/lib/types.js'
import { exportJWK, generateKeyPair } from 'jose'
import { requireBrowser } from '../../scripts/browsers.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { carekey, signIn } from '../fixtures/sign-in.ts'
import { type Settings, said, startApplication, type WebApplication } from './fhirclient-application.ts'
import { type Window as Duration, fillPassword } from './sign-in.ts'

/** The state that the library gave the application's page. */
declare global {
  interface Window {
    readonly ready: ReturnType<fhirclient.SMART['ready']>
  }
}

const EVERYTHING = 'launch/patient openid fhirUser offline_access patient/*.rs'

let browser: Browser
let clinic: TestOrganization
let administrator: string
test.beforeAll(async () => {
  browser = await chromium.launch({ executablePath: requireBrowser('chromium'), args: ['--no-sandbox'] })
  clinic = await startOrganization({ demo: 'riverside' })
  const { access_token } = await signIn(clinic.url, {
    username: 'admin',
    scope: 'client.register',
    application: carekey,
  })
  administrator = access_token
})
test.afterAll(async () => {
  await browser.close()
  await clinic.close()
})

/** Registers an application as an administrator does (RFC 7591), and serves it. */
const serve = (settings: Settings, metadata: object = {}): Promise<WebApplication> =>
  startApplication(async ({ redirectUri, launchUri }) => {
    const response = await fetch(`${clinic.url}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${administrator}` },
      body: JSON.stringify({
        client_name: 'Growth Chart',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [redirectUri],
        ...(settings.iss === undefined && { launch_uri: launchUri }),
        ...metadata,
      }),
    })
    expect(response.status).toBe(201)
    const registration = (await response.json()) as { client_id: string; client_secret?: string }
    const { client_id: clientId, client_secret: clientSecret } = registration
    return { clientId, ...(clientSecret && { clientSecret }), redirectUri, pkceMode: 'required', ...settings }
  })

const alone = (scope: string): Settings => ({ iss: `${clinic.url}/fhir`, scope })

const allow = async (page: Page, duration: Duration) => {
  await page.getByRole('radio', { name: duration }).check()
  await page.getByRole('button', { name: 'Allow' }).click()
}

const openAlone = async (application: WebApplication, username = 'jane'): Promise<Page> => {
  const page = await browser.newPage()
  await page.goto(application.launchUri)
  await fillPassword(page, username)
  return page
}

test('a patient opens an application, which reads their identity and record', async () => {
  const application = await serve(alone(EVERYTHING))
  const page = await openAlone(application)
  await allow(page, '1 day')
  await expect(said(page)).toHaveText('Jane Doe')

  const readAnswer = await page.evaluate(async () => {
    const client = await window.ready
    const user = await client.user.read()
    const observations = await client.patient.request<object[]>('Observation?category=vital-signs&_count=5', {
      flat: true,
      pageLimit: 0,
    })
    return {
      user,
      observations,
      type: client.user.resourceType,
      scope: client.getState('tokenResponse.scope'),
    }
  })
  expect(readAnswer).toMatchObject({ user: { resourceType: 'Patient', id: 'jane-doe' }, type: 'Patient' })
  expect(readAnswer.observations.length).toBeGreaterThan(5)
  expect(new Set(readAnswer.scope.split(' '))).toEqual(new Set(EVERYTHING.split(' ')))

  await page.reload()
  await expect(said(page)).toHaveText('Jane Doe')
  await application.close()
  await page.close()
})

test('an application continues reading after a refresh, and simultaneous requests refresh once', async () => {
  const application = await serve(alone(EVERYTHING))
  const page = await openAlone(application)
  await allow(page, '1 day')
  await expect(said(page)).toHaveText('Jane Doe')
  const requests: string[] = []
  page.on('request', (request) => request.url().endsWith('/oauth/token') && requests.push(request.url()))
  const tokens = await page.evaluate(async () => {
    const client = await window.ready
    const token = () => String(client.getState('tokenResponse.access_token'))
    const first = token()
    // The library refreshes by itself when the token has expired.
    Object.assign(client.state, { expiresAt: 0 })
    await Promise.all([client.patient.read(), client.user.read(), client.request('Patient/jane-doe')])
    const second = token()
    await client.refresh()
    await client.patient.read()
    return [first, second, token()]
  })
  expect(new Set(tokens).size).toBe(3)
  expect(requests).toHaveLength(2)
  await application.close()
  await page.close()
})

test('the application is told that the patient denied', async () => {
  const application = await serve(alone(EVERYTHING))
  const page = await openAlone(application)
  await page.getByRole('button', { name: 'Deny' }).click()
  await expect(said(page)).toContainText('access_denied')
  await application.close()
  await page.close()
})

test('an application in its own window passes the answer to the page that opened it', async () => {
  const application = await serve({ ...alone(EVERYTHING), target: 'popup' })
  const page = await browser.newPage()
  const newPage = page.waitForEvent('popup')
  await page.goto(application.launchUri)
  const window = await newPage
  await fillPassword(window, 'jane')
  await allow(window, 'This visit')
  await expect(said(page)).toHaveText('Jane Doe')
  expect(window.isClosed()).toBe(true)
  await application.close()
  await page.close()
})

test('a clinician launches an application for a patient and a visit', async () => {
  const application = await serve({ scope: 'launch openid fhirUser patient/*.rs user/Practitioner.rs' })
  const page = await browser.newPage()
  await page.goto(`${clinic.url}/ehr`)
  await fillPassword(page, 'lee')
  await page.getByLabel('Full name').fill('Jane Doe')
  await page.getByLabel('Birthdate').fill('1980-01-15')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Jane Doe' }).click()
  await page
    .getByRole('link', { name: /Check-up/ })
    .first()
    .click()
  await page.getByRole('button', { name: 'Growth Chart' }).click()
  await allow(page, 'This visit')
  await expect(said(page)).toHaveText('Jane Doe')
  const readAnswer = await page.evaluate(async () => {
    const client = await window.ready
    return {
      patient: client.getPatientId(),
      encounter: await client.encounter.read(),
      user: await client.user.read(),
      banner: client.getState('tokenResponse.need_patient_banner'),
    }
  })
  expect(readAnswer).toMatchObject({
    patient: 'jane-doe',
    encounter: { resourceType: 'Encounter', subject: { reference: 'Patient/jane-doe' } },
    user: { resourceType: 'Practitioner', id: 'morgan-lee' },
  })
  await application.close()
  await page.close()
})

test('an application authenticates with its secret', async () => {
  const application = await serve(alone('launch/patient offline_access patient/Patient.r'), {
    token_endpoint_auth_method: 'client_secret_basic',
  })
  const page = await openAlone(application)
  await allow(page, '1 day')
  await expect(said(page)).toHaveText('Jane Doe')
  await page.evaluate(async () => (await window.ready).refresh())
  await application.close()
  await page.close()
})

for (const alg of ['ES384', 'RS384'])
  test(`checklist E13 an application authenticates with its own key, ${alg}`, async () => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const members = { kid: 'growth', alg, key_ops: ['sign'] }
    const clientPrivateJwk = { ...(await exportJWK(privateKey)), ...members } as Settings['clientPrivateJwk']
    const application = await serve(
      { ...alone('launch/patient patient/Patient.r'), ...(clientPrivateJwk && { clientPrivateJwk }) },
      {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'growth', alg, use: 'sig' }] },
      },
    )
    const page = await openAlone(application)
    await allow(page, 'This visit')
    await expect(said(page)).toHaveText('Jane Doe')
    await application.close()
    await page.close()
  })
