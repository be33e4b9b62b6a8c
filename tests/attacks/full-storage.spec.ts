import type { Page } from '@playwright/test'
import type { Carekey } from '../e2e/carekey.ts'
import { ADDRESSES, type MockProvider } from '../fakes/mock-provider.ts'
import { publishedList } from '../fixtures/published-list.ts'
import { alter, expect, isSignedIn, isTold, startSignIn, stored, test } from './extension.ts'

const FULL = /no storage left/i

/** Fills `storage.local` until at most this many bytes are left. */
const fill = (page: Page, left: number): Promise<void> =>
  page.evaluate(async (free) => {
    const used = await chrome.storage.local.getBytesInUse()
    const length = chrome.storage.local.QUOTA_BYTES - used - free - '"filler"'.length - 8
    await chrome.storage.local.set({ filler: 'x'.repeat(length) })
  }, left)

const makeRoom = (page: Page): Promise<void> => page.evaluate(() => chrome.storage.local.remove('filler'))

/** Reads one item of `storage.local`: the filler beside it is ten million bytes. */
const item = (page: Page, name: string): Promise<unknown> =>
  page.evaluate(async (key) => (await chrome.storage.local.get(key))[key], name)

/** Requires that nothing is stored that gives access to a record. */
const isSignedOut = async (popup: Page): Promise<void> => {
  expect((await stored(popup, 'session')).sessions ?? {}).toEqual({})
  expect((await item(popup, 'grants')) ?? {}).toEqual({})
}

const revokedTokens = (mock: MockProvider) =>
  mock.requestsTo(ADDRESSES.revoke).map(({ form }) => form.get('token'))

// A connection takes a few hundred bytes and its grant more: with 400 left, the second of the two does not fit.
for (const bytes of [0, 400])
  test(`E27 a sign-in with ${bytes} bytes of storage left says so, keeps nothing, and revokes its tokens`, async ({
    popup,
    mock,
  }) => {
    await fill(popup, bytes)
    await startSignIn(popup, mock)
    await isTold(popup, FULL)
    await isSignedOut(popup)
    expect((await item(popup, 'connections')) ?? {}).toEqual({})
    expect(revokedTokens(mock)).toEqual([mock.given.refresh[0], mock.given.access[0]])

    await makeRoom(popup)
    await popup.getByRole('button', { name: 'Try again' }).click()
    await isSignedIn(popup)
  })

test.describe('where nothing was stored before', () => {
  // Deleted data still counts towards the size of a database.
  test.use({ ownProfile: true })

  test('E27 a sign-in without room for the key that its tokens would be bound to says so, and keeps nothing', async ({
    popup,
    mock,
    carekey,
  }) => {
    const quota = await limitDatabases(carekey, 1)
    await startSignIn(popup, mock)
    await isTold(popup, FULL)
    await isSignedOut(popup)
    await quota.lift()
    await popup.getByRole('button', { name: 'Try again' }).click()
    await isSignedIn(popup)
  })
})

/** The space for IndexedDB, as the browser counts it. */
const limitDatabases = async ({ context, id }: Carekey, quotaSize: number) => {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  const origin = `chrome-extension://${id}`
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize })
  return {
    lift: async () => {
      await session.send('Storage.overrideQuotaForOrigin', { origin })
      await page.close()
    },
  }
}

/** The next tokens are longer than the previous ones, and do not fit in their place. */
const giveLongTokens = (mock: MockProvider): void =>
  alter(mock, ADDRESSES.token, () => ({ refresh_token: `long-${'x'.repeat(500)}` }))

/** The access log is read beside the record, and its verdict comes once all that a sign-in leads to is stored. */
const isLogRead = (popup: Page): Promise<void> =>
  expect(popup.getByRole('region', { name: 'Who read my record' })).toContainText('cannot be proven')

const storedGrants = async (page: Page) => [
  (await stored(page, 'session')).sessions,
  await item(page, 'grants'),
]

test('E27 a person who signs in again without room stays signed in as before', async ({ popup, mock }) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await isLogRead(popup)
  const before = await storedGrants(popup)
  await fill(popup, 0)
  giveLongTokens(mock)
  await signInAgain(popup)
  await isTold(popup, FULL)
  expect(await storedGrants(popup)).toEqual(before)
  expect(revokedTokens(mock)).toEqual([expect.stringMatching(/^long-/), mock.given.access[1]])
  await makeRoom(popup)
  await popup.reload()
  await isSignedIn(popup)
})

/** The message that the popup's button sends; the button is not shown to a person who is already signed in. */
const signInAgain = (popup: Page): Promise<unknown> =>
  popup.evaluate(async () => {
    const { providers } = (await chrome.storage.local.get('providers')) as { providers: object }
    const [providerId] = Object.keys(providers)
    return chrome.runtime.sendMessage({ name: 'sign-in', input: { providerId, purpose: 'record' } })
  })

test('E27 a renewed token that does not fit leaves the previous one in place, and renewal continues once there is room', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await carekey.restart()
  const options = await carekey.options()
  const grants = await item(options, 'grants')
  await fill(options, 0)
  giveLongTokens(mock)
  const full = await carekey.popup()
  await expect(full.getByText(FULL).first()).toBeVisible()
  expect(await item(full, 'grants')).toEqual(grants)
  expect(JSON.stringify(await stored(full, 'session'))).not.toContain('"token"')
  await makeRoom(full)
  await full.reload()
  await isSignedIn(full)
})

/** Searches a published list, which is kept, and leaves at most 30 bytes of storage. */
const fillWithList = async (page: Page, mock: MockProvider): Promise<void> => {
  await makeRoom(page)
  const answer = await send(page, 'search-brands', { url: `${mock.origin}/brands.json`, text: '' })
  expect(answer).toMatchObject({ value: { total: 1000 } })
  expect(JSON.stringify(await item(page, 'brands')).length).toBeGreaterThan(50_000)
  await fill(page, 30)
}

const send = (page: Page, name: string, input?: object): Promise<unknown> =>
  page.evaluate((message) => chrome.runtime.sendMessage(message), { name, ...(input && { input }) })

test('F57 a kept list from the organization makes room for a longer token, for setting a lock and for unlocking', async ({
  popup,
  mock,
  carekey,
}) => {
  mock.script('/brands.json', () => ({ body: publishedList(1000, 'Clinic'), headers: { etag: '"1"' } }))
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await carekey.restart()
  const page = await carekey.options()
  await fillWithList(page, mock)
  giveLongTokens(mock)
  const again = await carekey.popup()
  await isSignedIn(again)
  expect(await item(page, 'brands')).toBeUndefined()

  const pin = '493817'
  await fillWithList(page, mock)
  alter(mock, ADDRESSES.token, () => ({ refresh_token: `longer-${'x'.repeat(1500)}` }))
  expect(await send(page, 'set-lock', { lock: { pin }, after: 15 })).toMatchObject({ ok: true })
  await fillWithList(page, mock)
  // The page reloads when the lock closes (J61), so it may not hear the answer.
  await Promise.all([page.waitForEvent('load'), send(page, 'lock').catch(() => undefined)])
  expect(await send(page, 'unlock', { pin })).toMatchObject({ ok: true })
  await again.reload()
  await isSignedIn(again)
})
