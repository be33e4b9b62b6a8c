import { type Page as ChromiumPage, mergeTests } from '@playwright/test'
import type { Page } from 'puppeteer-core'
import { type Firefox, one, openOrganization, openPage, openPopup, untilText } from '../e2e/firefox.ts'
import { test as withFirefox } from '../e2e/firefox-fixtures.ts'
import { ADDRESSES, type MockProvider, renewals } from '../fakes/mock-provider.ts'
import { alter, test as attack, configure, expect, stored } from './extension.ts'
import { answerAs, withClaims } from './hostile-answers.ts'
import { expectInert, hostileConditions, openConditions } from './hostile-narrative.ts'
import { LOG_ROWS, type LogPopup, serveLog } from './log-rows.ts'
import { openProfile } from './open-profile.ts'

/** Repeats the rows about sign-in, storage and policy, where the browser's own behaviour differs. */
const test = mergeTests(attack, withFirefox)

/** These functions run inside the page, and are the same in both browsers. */
const inPage = (page: Page): ChromiumPage => page as unknown as ChromiumPage

const configured = async ({ browser }: Firefox, mock: MockProvider): Promise<Page> => {
  const popup = await openPopup(browser)
  await untilText(popup, /Carekey/)
  await configure(inPage(popup), mock)
  return popup
}

const startSignIn = (popup: Page, { name }: MockProvider) =>
  one(popup, 'button', `Sign in with ${name}`).click()

/** 71.5 kg, in the units of the browser's locale. */
const isSignedIn = (popup: Page) => untilText(popup, /Mara Mock[\s\S]*157\.6 lb/)

const keepsNothing = async (popup: Page): Promise<void> => {
  const { sessions } = await stored(inPage(popup), 'session')
  const { grants, connections } = await stored(inPage(popup), 'local')
  expect({ ...Object(sessions), ...Object(grants), ...Object(connections) }).toEqual({})
}

const DISCOVERY = '/fhir/.well-known/smart-configuration'

test('in Firefox, E01 E02 E03 E05 E06 an answer that does not belong to the request is refused, and nothing is kept', async ({
  firefox,
  mock,
}) => {
  const popup = await configured(firefox, mock)
  const isRefused = async (why: RegExp) => {
    await startSignIn(popup, mock)
    await untilText(popup, why)
    await keepsNothing(popup)
    await one(popup, 'button', 'Dismiss').click()
    // The worker forgets it; until then, the next refusal would be taken for told.
    await popup.waitForFunction(
      () => ![...document.querySelectorAll('button')].some(({ textContent }) => textContent === 'Dismiss'),
    )
  }
  mock.script(ADDRESSES.authorize, ({ query }) => {
    const location = new URL(query.get('redirect_uri') ?? '')
    location.search = String(new URLSearchParams({ code: 'slipped-in', state: 'another', iss: mock.origin }))
    return { status: 302, headers: { location: location.href } }
  })
  await isRefused(/answer belonged to another sign-in/i)
  for (const iss of ['https://other.test', undefined, `${mock.origin}/`]) {
    answerAs(mock, iss)
    await isRefused(/answer did not come from/i)
  }
  mock.unscript(ADDRESSES.authorize)
  alter(mock, DISCOVERY, () => ({ code_challenge_methods_supported: ['plain'] }))
  await isRefused(/does not protect the sign-in/i)
  mock.unscript(DISCOVERY)
  expect(mock.requestsTo(ADDRESSES.token)).toEqual([])

  for (const change of [{ nonce: 'another' }, { aud: 'another' }, { exp: 1 }]) {
    alter(mock, ADDRESSES.token, ({ id_token }) => ({ id_token: withClaims(id_token, change) }))
    await isRefused(/sent an unexpected answer/i)
  }
  mock.unscript(ADDRESSES.token)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
})

test('in Firefox, checklist E15 a person who denies, or closes the window, is told which of the two happened', async ({
  firefox,
  mock,
}) => {
  const popup = await configured(firefox, mock)
  mock.script(ADDRESSES.authorize, ({ query }) => {
    const location = new URL(query.get('redirect_uri') ?? '')
    const answer = { error: 'access_denied', state: query.get('state') ?? '', iss: mock.origin }
    location.search = String(new URLSearchParams(answer))
    return { status: 302, headers: { location: location.href } }
  })
  await startSignIn(popup, mock)
  await untilText(popup, /You did not allow Carekey/)
  await one(popup, 'button', 'Dismiss').click()

  mock.script(ADDRESSES.authorize, () => ({
    body: '<h1>Sign in</h1>',
    headers: { 'content-type': 'text/html' },
  }))
  await startSignIn(popup, mock)
  const isWindow = (page: Page) => page.url().startsWith(`${mock.origin}${ADDRESSES.authorize}`)
  await expect.poll(async () => (await firefox.browser.pages()).some(isWindow)).toBe(true)
  await (await firefox.browser.pages()).find(isWindow)?.close()
  await untilText(popup, /window was closed too early/)
  await keepsNothing(popup)
})

test('in Firefox, E16 E17 tokens are stored where they should be, and signing out revokes and deletes them', async ({
  firefox,
  mock,
}) => {
  const popup = await configured(firefox, mock)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const [access = '', refresh = ''] = [mock.given.access[0], mock.given.refresh[0]]
  const texts = async () => {
    const areas = ['session', 'local', 'sync'] as const
    const [session = '', local = '', sync = ''] = await Promise.all(
      areas.map(async (area) => JSON.stringify(await stored(inPage(popup), area))),
    )
    return { session, local, sync }
  }
  const before = await texts()
  expect(before.session).toContain(access)
  expect(before.local + before.sync).not.toContain(access)
  expect(Object.values(before).join()).not.toContain(refresh)
  expect(before.local).not.toContain('71.5')

  await openOrganization(popup, mock.name)
  await one(popup, 'button', 'Sign out').click()
  await untilText(popup, /Signed out of Mock Clinic/i)
  expect(mock.requestsTo(ADDRESSES.revoke).map(({ form }) => form.get('token'))).toEqual([refresh, access])
  const after = await texts()
  expect(Object.values(after).join()).not.toContain(access)
  expect(JSON.parse(after.local).grants).toEqual({})
  expect(JSON.parse(after.session).sessions).toEqual({})
})

test.describe('in the files of a profile', () => {
  test.use({ ownProfile: true })

  test('in Firefox, F68 F72 the files of a locked profile contain nothing that is still valid, and the lock closes even if an organization does not answer', async ({
    firefox,
    mock,
  }) => {
    const popup = await configured(firefox, mock)
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    const [first = ''] = mock.given.refresh
    const read = () => openProfile(firefox.profile).join('\n')
    // Without a lock, the profile alone is enough to open the record. This also shows that the search finds what is there.
    await expect.poll(read).toContain(first)

    const send = (name: string, input?: object) =>
      popup.evaluate((message) => chrome.runtime.sendMessage(message), { name, ...(input && { input }) })
    const lock = { lock: { pin: '493817' }, after: 15 }
    expect(await send('set-lock', lock)).toMatchObject({ ok: true, value: { ended: [], waiting: [] } })
    const reload = async () => {
      await popup.evaluate(() => {
        document.documentElement.dataset.left = ''
        setTimeout(() => location.reload())
      })
      // While a page is loaded anew, nothing can be asked in it.
      const isNew = () =>
        popup.evaluate(() => 'chrome' in globalThis && document.documentElement.dataset.left === undefined)
      await expect.poll(() => isNew().catch(() => false)).toBe(true)
    }
    await reload()
    const exposed = async () => Object.keys(Object((await stored(inPage(popup), 'local')).exposed))
    await expect.poll(exposed).toEqual([])
    await isSignedIn(popup)

    mock.script(ADDRESSES.observations, () => new Promise<never>(() => undefined))
    const requestCount = mock.requestsTo(ADDRESSES.observations).length
    await reload()
    await expect.poll(() => mock.requestsTo(ADDRESSES.observations).length).toBeGreaterThan(requestCount)
    await isSignedIn(popup)
    // The page is loaded anew as soon as the lock has closed, perhaps before it hears the answer.
    await send('lock').catch(() => undefined)
    await untilText(popup, /Carekey is locked/)
    await expect
      .poll(async () => Object.keys(await stored(inPage(popup), 'session')).sort())
      .toEqual(['asleep', 'flow'])
    await firefox.browser.close()
    const contents = read()
    const [, second = ''] = mock.given.refresh
    expect(second).not.toBe('')
    expect(contents).not.toContain(second)
    for (const token of mock.given.access) expect(contents).not.toContain(token)
    expect(contents).not.toContain('71.5')
  })
})

test('in Firefox, E10 nothing in a narrative runs or is fetched, and its text can be read', async ({
  firefox,
  mock,
  evil,
}) => {
  mock.script('/fhir/Condition', () => ({ body: hostileConditions(evil.origin) }))
  const popup = await configured(firefox, mock)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const address = popup.url()
  expectInert(await popup.evaluate(openConditions), evil.origin)
  expect(popup.url()).toBe(address)
  expect(evil.requests).toEqual([])
})

test.describe('when a worker is ended after a second of idleness', () => {
  test.use({ idle: 1000 })

  test('in Firefox, E19 a worker that was ended for idleness wakes without a new sign-in, and a restart renews once', async ({
    firefox,
    mock,
  }) => {
    const popup = await configured(firefox, mock)
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    const isAsleep = () =>
      popup.evaluate(() =>
        chrome.extension.getViews().every(({ location }) => !location.pathname.includes('background')),
      )
    await expect.poll(isAsleep, { timeout: 20_000 }).toBe(true)
    const again = await openPopup(firefox.browser)
    await isSignedIn(again)
    expect(mock.requestsTo(ADDRESSES.token)).toHaveLength(1)

    await firefox.restart()
    await isSignedIn(await openPopup(firefox.browser))
    expect(renewals(mock)).toEqual([mock.given.refresh[0]])
  })
})

test.describe('under a policy', () => {
  const set = { name: 'Clinic of ours', clientId: 'ours', fhirBase: 'https://clinic.example/fhir' }
  test.use({ policy: { providers: [set], locked: ['providers'], longestWindow: 'hour' } })

  test('in Firefox, E30 what the policy sets replaces what was typed, and is shown as locked', async ({
    firefox,
    mock,
  }) => {
    const popup = await configured(firefox, mock)
    await untilText(popup, /Clinic of ours/)
    expect(Object(await configure(inPage(popup), mock)).error).toEqual({ code: 'policy-forbids' })
    const options = await openPage(firefox.browser, 'options', '#administration')
    await untilText(options, /Clinic of ours/)
    const field = await one(options, 'textbox', 'Client ID').waitHandle()
    expect(await field.evaluate((it) => (it as HTMLInputElement).readOnly)).toBe(true)
  })
})

for (const [title, run] of Object.entries(LOG_ROWS))
  test(`in Firefox, ${title}`, async ({ firefox, mock }) => {
    const log = serveLog(mock)
    const popup = await configured(firefox, mock)
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    await popup.close()
    const open = async (): Promise<LogPopup> => {
      const page = await openPopup(firefox.browser)
      await page.locator('a[href="#who-read"]').click()
      return {
        page: inPage(page),
        says: (pattern) => untilText(page, pattern),
        press: (button) => page.locator(`#who-read ::-p-aria([name="${button}"][role="button"])`).click(),
        close: () => page.close(),
      }
    }
    await run({ browser: { open }, mock, log })
  })
