import type { Page } from '@playwright/test'
import type { MockProvider } from '../fakes/mock-provider.ts'
import { ADDRESSES } from '../fakes/mock-provider.ts'
import type { RecordingServer } from '../fakes/recording-server.ts'
import { alter, expect, startSignIn, test } from './extension.ts'

// The fixture `evil` checks that nothing sent a request to the other origin.

/** Markup that runs wherever it is interpreted: as an element, after an attribute that it closes, as an address. */
const markup = ({ origin }: RecordingServer): string =>
  `<img src="${origin}/x" onerror="document.title='run'"><script>document.title='run'</script>"><svg onload=document.title='run'>`

const isText = async (page: Page, evil: RecordingServer): Promise<void> => {
  await expect(page.getByText('<script>').first()).toBeVisible()
  await isInert(page, evil)
}

const isInert = async (page: Page, evil: RecordingServer): Promise<void> => {
  expect(await page.locator('img, script:not([src]), iframe, object, [onload], [onerror]').count()).toBe(0)
  expect(await page.title()).not.toBe('run')
  // A link would lead to a site with TLS, whose page cannot reach back.
  for (const link of await page.locator('a[href]').all()) {
    const href = (await link.getAttribute('href')) ?? ''
    if (href.startsWith('#') || href.startsWith('chrome-extension:')) continue
    expect(href).toMatch(/^(https:|\.\.?\/)/)
    if (href.startsWith('https:')) expect(await link.getAttribute('rel')).toContain('noopener')
    expect(href).not.toContain(evil.origin)
  }
}

test('E11 markup in a name or an entry of the log is shown as text', async ({ popup, mock, evil }) => {
  const text = markup(evil)
  alter(mock, ADDRESSES.patient, () => ({
    name: [{ text, given: [text], family: text }],
    photo: [{ url: 'javascript:alert(1)' }],
    identifier: [{ type: { text }, value: text }],
  }))
  alter(mock, ADDRESSES.observations, ({ entry }) => ({
    entry: (entry as { resource: object }[]).map(({ resource }) => ({
      resource: { ...resource, valueQuantity: { value: 71.5, unit: text } },
    })),
  }))
  mock.script('/fhir/AuditEvent', () => ({ body: logOf(text) }))
  await startSignIn(popup, mock)
  await isText(popup, evil)
})

test('E11 markup in the name of a patient who was found, or in an error, is shown as text', async ({
  popup,
  mock,
  evil,
}) => {
  const text = markup(evil)
  // Somebody who may search patients.
  alter(mock, ADDRESSES.token, () => ({
    scope: 'openid fhirUser offline_access user/*.rs',
    patient: undefined,
  }))
  mock.script('/fhir/Patient', () => ({ body: searchsetOf(text) }))
  await startSignIn(popup, mock)
  await popup.getByRole('textbox', { name: 'Family' }).fill('A')
  await popup.getByRole('button', { name: 'Search Patients' }).click()
  await expect(popup.locator('button.found')).toContainText('<script>')
  await isText(popup, evil)

  mock.script('/fhir/Patient', () => ({ status: 400, body: outcome(text) }))
  await popup.getByRole('button', { name: 'Search Patients' }).click()
  await expect(popup.getByText(/did not understand the request/i)).toBeVisible()
  await isInert(popup, evil)
})

const outcome = (diagnostics: string) => ({
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'invalid', diagnostics, details: { text: diagnostics } }],
})

const searchsetOf = (text: string) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: [{ resource: { resourceType: 'Patient', id: 'p', name: [{ text }], birthDate: '1980-01-15' } }],
})

const logOf = (text: string) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: [
    {
      resource: {
        resourceType: 'AuditEvent',
        id: 'a',
        recorded: '2026-01-01T00:00:00Z',
        type: { display: text },
        subtype: [{ display: text }],
        agent: [{ requestor: true, name: text, who: { display: text } }],
        entity: [{ what: { display: text } }],
      },
    },
  ],
})

/** The organization ends a sign-in with an error that is not a code, and a description. */
const refuseWith = (mock: MockProvider, text: string): void =>
  mock.script(ADDRESSES.authorize, ({ query }) => {
    const location = new URL(query.get('redirect_uri') ?? '')
    const answer = { error: text, error_description: text, state: query.get('state') ?? '', iss: mock.origin }
    location.search = String(new URLSearchParams(answer))
    return { status: 302, headers: { location: location.href } }
  })

test('E11, checklist E4 markup in an error description or the name of a server is shown as text or not at all', async ({
  popup,
  mock,
  evil,
  carekey,
}) => {
  const text = markup(evil)
  refuseWith(mock, text)
  await startSignIn(popup, mock)
  await expect(popup.getByText(/ended the sign-in \(unknown\)/)).toBeVisible()
  expect(await popup.content()).not.toContain('onerror')

  mock.script('/fhir/metadata', () => ({
    body: { resourceType: 'CapabilityStatement', name: text, title: text, software: { name: text } },
  }))
  const options = await carekey.options()
  const form = options.getByRole('form', { name: 'Configure OAuth Client Application' })
  await form.getByLabel('Autoscan Server URL').fill(`${mock.origin}/fhir`)
  await form.getByRole('button', { name: 'Autoscan Server' }).click()
  await expect(form.getByLabel('Target Base URL')).toHaveValue(`${mock.origin}/fhir`)
  await expect(form.getByLabel('Name', { exact: true })).not.toHaveValue('')
  expect(await options.locator('img, script:not([src]), svg[onload]').count()).toBe(0)
  expect(await options.title()).not.toBe('run')
})
