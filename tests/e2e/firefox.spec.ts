import { mkdirSync } from 'node:fs'
import type { Browser, Page } from 'puppeteer-core'
import { expectInert, hostileConditions, openConditions } from '../attacks/hostile-narrative.ts'
import { startMockProvider } from '../fakes/mock-provider.ts'
import { startRecordingServer } from '../fakes/recording-server.ts'
import { johnsDetails, startWithingsOrganization } from '../fixtures/withings-organization.ts'
import { addOrganization, one, opened, openOrganization, openPage, openPopup, untilText } from './firefox.ts'
import { test } from './firefox-fixtures.ts'
import { expect } from './fixtures.ts'
import { pictures } from './inspect.ts'
import type { Organization } from './organization.ts'

const signIn = async (
  browser: Browser,
  popup: Page,
  organization: Organization,
  username: string,
  duration = '1 hour',
) => {
  const window = await opened(browser, () =>
    one(popup, 'button', `Sign in with ${organization.name}`).click(),
  )
  await one(window, 'textbox', 'Username').fill(username)
  await window.locator('input[type=password]').fill(`${username}-demo`)
  await one(window, 'button', 'Sign in').click()
  await one(window, 'radio', duration).click()
  await one(window, 'button', 'Allow').click()
}

const saveProvider = (
  popup: Page,
  { name, origin, clientId }: { name: string; origin: string; clientId: string },
) =>
  popup.evaluate((input) => chrome.runtime.sendMessage({ name: 'save-provider', input }), {
    name,
    clientId,
    fhirBase: `${origin}/fhir`,
    authorizationEndpoint: `${origin}/oauth/authorize`,
    redirectUri: '',
  })

const stored = (popup: Page, area: 'local' | 'session', key: string) =>
  popup.evaluate(async (from, name) => (await chrome.storage[from].get(name))[name], area, key)

test('in Firefox, John signs in at both organizations, sees his vital signs and signs out', async ({
  firefox: { browser },
  organizations: { riverside, pulse },
}) => {
  const popup = await openPopup(browser)
  await signIn(browser, popup, riverside, 'john')
  await untilText(popup, /John Doe[\s\S]*\d+\/\d+\s*mmHg[\s\S]*lb[\s\S]*Riverside Clinic/)
  await untilText(popup, /proven against the checkpoint|These entries wait for the log's next checkpoint/)
  mkdirSync(pictures, { recursive: true })
  await popup.screenshot({ path: `${pictures}/firefox-vital-signs.png` })
  await addOrganization(popup)
  await signIn(browser, popup, pulse, 'john')
  await untilText(popup, /John Doe[\s\S]*\d+\/\d+\s*mmHg[\s\S]*Pulse Devices/)

  await openOrganization(popup, pulse.name)
  await one(popup, 'button', 'Sign out').click()
  await untilText(popup, /Signed out of Pulse Devices[\s\S]*Still signed in: John Doe \(Riverside Clinic\)/i)
  await one(popup, 'button', 'Open John Doe').click()
  await openOrganization(popup, riverside.name)
  await one(popup, 'button', 'Sign out').click()
  await untilText(popup, /Signed out of Riverside Clinic/i)
  expect(await stored(popup, 'session', 'sessions')).toEqual({})
})

test('in Firefox, the sidebar opens with its button alone, shows John’s record, and follows his sign-out', async ({
  firefox: { browser },
  organizations: { riverside },
}) => {
  const popup = await openPopup(browser)
  /** What the open sidebars show; `getViews` finds no page elsewhere. */
  const sidebars = () =>
    popup.evaluate(() => {
      const views = chrome.extension.getViews({ type: 'sidebar' as chrome.extension.ViewType })
      return views.map(({ document }) => document.body.textContent)
    })
  await signIn(browser, popup, riverside, 'john')
  await untilText(popup, /mmHg/)
  expect(await sidebars()).toEqual([])
  await one(popup, 'button', 'More').click()
  await one(popup, 'button', 'Open at the side').click()
  await expect.poll(sidebars).toEqual([expect.stringMatching(/John Doe[\s\S]*mmHg/)])
  await openOrganization(popup, riverside.name)
  await one(popup, 'button', 'Sign out').click()
  await expect.poll(sidebars).toEqual([expect.stringMatching(/^(?!.*mmHg).*John Doe · signed out/s)])
})

test('in Firefox, the popup’s first frame shows John before the worker answers, and nobody after his sign-out', async ({
  firefox: { browser },
  organizations: { riverside },
}) => {
  const popup = await openPopup(browser)
  await signIn(browser, popup, riverside, 'john')
  await untilText(popup, /mmHg/)
  const isKept = async (signedIn: boolean) =>
    JSON.stringify(await stored(popup, 'session', 'snapshot'))?.includes(`"signedIn":${signedIn}`)
  const letTheWorkerAnswer = () =>
    popup.evaluate(() => (window as unknown as { release: () => void }).release())
  /** Opens a popup while the worker, which waits for this lock, answers nothing. */
  const openFirstFrame = async ({ signedIn }: { signedIn: boolean }) => {
    await expect(async () => {
      await popup.evaluate(() => {
        const held = Promise.withResolvers<void>()
        Object.assign(window, { release: held.resolve })
        return new Promise<void>((resolve) => {
          navigator.locks.request('lock', () => {
            resolve()
            return held.promise
          })
        })
      })
      // Between the parts of a change there is none.
      if (!(await isKept(signedIn))) {
        await letTheWorkerAnswer()
        throw new Error('There is no snapshot.')
      }
    }).toPass()
    const page = await openPopup(browser)
    await untilText(page, /John Doe/)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return page
  }

  const first = await openFirstFrame({ signedIn: true })
  await untilText(first, /^(?![\s\S]*mmHg)[\s\S]*John Doe[\s\S]*\d+ min/)
  await letTheWorkerAnswer()
  await untilText(first, /John Doe[\s\S]*mmHg/)

  await popup.bringToFront()
  await openOrganization(popup, riverside.name)
  await one(popup, 'button', 'Sign out').click()
  await untilText(popup, /Signed out of Riverside Clinic/i)
  const next = await openFirstFrame({ signedIn: false })
  await untilText(next, /^(?![\s\S]*Sign out)[\s\S]*John Doe · signed out/)
  await letTheWorkerAnswer()
})

test('in Firefox, Lee finds Jane Doe and sees her vital signs', async ({
  firefox: { browser },
  organizations: { riverside },
}) => {
  const popup = await openPopup(browser)
  await signIn(browser, popup, riverside, 'lee')
  await one(popup, 'button', 'More fields').click()
  await one(popup, 'textbox', 'Full Name (exact match)').fill('Jane Doe')
  await one(popup, 'textbox', 'Birthdate').fill('1980-01-15')
  await one(popup, 'button', 'Search Patients').click()
  await popup.locator('button.found').click()
  await untilText(popup, /Jane Doe[\s\S]*\d+\/\d+\s*mmHg/)
})

test('in Firefox, John is told when the clinic cannot be reached', async ({
  firefox: { browser },
  organizations: { riverside },
}) => {
  const popup = await openPopup(browser)
  await signIn(browser, popup, riverside, 'john')
  await untilText(popup, /mmHg/)
  await riverside.stop()
  try {
    await untilText(await openPopup(browser), /Riverside Clinic cannot be reached/)
  } finally {
    await riverside.start()
  }
})

test('in Firefox, only a person who chose to stay connected is signed in after a restart', async ({
  firefox,
  organizations: { riverside, pulse },
}) => {
  const before = await openPopup(firefox.browser)
  await signIn(firefox.browser, before, riverside, 'john', 'This visit')
  await untilText(before, /mmHg/)
  await addOrganization(before)
  await signIn(firefox.browser, before, pulse, 'john', '30 days')
  await untilText(before, /mmHg[\s\S]*Pulse Devices/)

  await firefox.restart()
  const after = await openPopup(firefox.browser)
  await untilText(after, /John Doe[\s\S]*mmHg[\s\S]*Pulse Devices/)
  expect(Object.keys((await stored(after, 'session', 'sessions')) as object)).toHaveLength(1)
})

test('in Firefox, J61 a PIN locks the sessions, at once and after a restart, in pages that start anew, and opens them again', async ({
  firefox,
  organizations: { riverside },
}) => {
  const before = await openPopup(firefox.browser)
  await signIn(firefox.browser, before, riverside, 'john', '30 days')
  await untilText(before, /mmHg/)
  const options = await openPage(firefox.browser, 'options', '#lock')
  await untilText(options, /Set a lock[\s\S]*Extensions cannot use passkeys for a lock in this browser/)
  await options.locator('#lock input[type=password]').fill('493817')
  await options.keyboard.press('Tab')
  await options.keyboard.type('493817')
  await options.keyboard.press('Enter')
  await untilText(options, /The lock is set/)
  // A new document has a new memory, and no property of the former one.
  const marked = () => Object.hasOwn(window, 'formerDocument')
  for (const page of [before, options]) {
    await page.evaluate(() => Object.assign(window, { formerDocument: true }))
    expect(await page.evaluate(marked)).toBe(true)
  }
  await before.bringToFront()
  await one(before, 'button', 'More').click()
  await one(before, 'button', 'Lock now').click()
  for (const page of [before, options]) {
    await untilText(page, /^(?![\s\S]*(John|mmHg))[\s\S]*Carekey is locked/)
    expect(await page.evaluate(marked)).toBe(false)
  }

  await firefox.restart()
  const after = await openPopup(firefox.browser)
  await untilText(after, /^(?![\s\S]*(John|mmHg))[\s\S]*Carekey is locked/)
  expect(await stored(after, 'session', 'sessions')).toBeUndefined()
  await after.locator('input[type=password]').fill('000000')
  await one(after, 'button', 'Unlock').click()
  await untilText(after, /Tries left before you have to wait: 4/)
  await after.locator('input[type=password]').fill('493817')
  await one(after, 'button', 'Unlock').click()
  await untilText(after, /John Doe[\s\S]*mmHg/)
})

test('checklist W1 in Firefox, John signs in with Withings, sees his readings and removes the connection', async ({
  firefox: { browser },
}) => {
  const organization = await startWithingsOrganization()
  Object.defineProperty(organization.standIn.clock, 'now', { get: Date.now })
  const { url, store } = organization
  try {
    const popup = await openPopup(browser)
    await untilText(popup, /Riverside Clinic/)
    await saveProvider(popup, { name: 'Withings', origin: url, clientId: 'carekey' })
    const window = await opened(browser, () => one(popup, 'button', 'Sign in with Withings').click())
    await one(window, 'button', 'Sign in with Withings').click()
    await untilText(window, /This is not Withings\./)
    await one(window, 'textbox', 'Username').fill('john')
    await window.locator('input[type=password]').fill('john-demo')
    await one(window, 'button', 'Sign in').click()
    await one(window, 'button', 'Allow').click()
    await untilText(window, /Who are you\?/)
    await one(window, 'textbox', 'Given name').fill(johnsDetails.given)
    await one(window, 'textbox', 'Family name').fill(johnsDetails.family)
    await window.locator('input[type=date]').fill(johnsDetails.birthdate)
    await one(window, 'button', 'Continue').click()
    await one(window, 'radio', '1 hour').click()
    await one(window, 'button', 'Allow').click()
    await untilText(popup, /John Doe[\s\S]*\d+\/\d+\s*mmHg[\s\S]*lb[\s\S]*Withings/)

    await openOrganization(popup, 'Withings')
    await one(popup, 'button', 'Remove connection').click()
    await one(popup, 'button', 'Remove').click()
    await untilText(popup, /^(?![\s\S]*mmHg)[\s\S]*John Doe: The connection with Withings is removed/)
    expect(await stored(popup, 'session', 'sessions')).toEqual({})
    expect(JSON.stringify(await stored(popup, 'local', 'connections'))).not.toContain('John')
    const grants = await store.db.selectFrom('consent').select('revoked_at').execute()
    expect(grants).toEqual([{ revoked_at: expect.any(Number) }])
  } finally {
    await organization.close()
  }
})

test('E10 in Firefox, nothing in a narrative runs or is fetched, and its text can be read', async ({
  firefox: { browser },
}) => {
  const [mock, evil] = await Promise.all([startMockProvider(), startRecordingServer(() => ({ body: {} }))])
  try {
    mock.script('/fhir/Condition', () => ({ body: hostileConditions(evil.origin) }))
    const popup = await openPopup(browser)
    await untilText(popup, /Riverside Clinic/)
    await saveProvider(popup, { ...mock, clientId: 'mock-client' })
    await one(popup, 'button', `Sign in with ${mock.name}`).click()
    await untilText(popup, /Mara Mock/)
    const address = popup.url()
    // Only a page in front draws, and reads what comes into view.
    await popup.bringToFront()
    expectInert(await popup.evaluate(openConditions), evil.origin)
    expect(popup.url()).toBe(address)
    expect(evil.requests).toEqual([])
  } finally {
    await Promise.all([mock.close(), evil.close()])
  }
})
