import type { Page } from '@playwright/test'
import { addOrganization, signOut } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, isSignedIn, isTold, startSignIn, stored, test } from './extension.ts'

const revokedTokens = (mock: MockProvider) =>
  mock.requestsTo(ADDRESSES.revoke).map(({ form }) => form.get('token'))

/** Requires that no token, sealed or in clear, and no readings are left; only the name of the connection stays. */
const isEmpty = async (popup: Page, mock: MockProvider) => {
  const session = await stored(popup, 'session')
  const local = await stored(popup, 'local')
  expect(session.sessions ?? {}).toEqual({})
  expect(local.grants ?? {}).toEqual({})
  expect(await stored(popup, 'sync')).toEqual({})
  const text = JSON.stringify([session, local])
  expect([...mock.given.access, ...mock.given.refresh].filter((token) => text.includes(token))).toEqual([])
  expect(text).not.toContain('71.5')
  expect(await keptIn(popup, 'copies')).toBe(0)
  expect(await keptIn(popup, 'pairs')).toBe(0)
}

/** The number of rows in a store of the extension's database. */
const keptIn = (page: Page, store: string): Promise<number> =>
  page.evaluate(
    (name) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open('carekey')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const database = opening.result
          const counting = database.transaction(name).objectStore(name).count()
          counting.onsuccess = () => {
            database.close()
            resolve(counting.result)
          }
          counting.onerror = () => reject(counting.error)
        }
      }),
    store,
  )

/** Data that a page can still get from the worker's memory. */
const isForgotten = async (popup: Page, mock: MockProvider) => {
  const [connectionId] = Object.keys(Object((await stored(popup, 'local')).connections))
  const reads = mock.requestsTo(ADDRESSES.observations).length
  const answer = await popup.evaluate((input) => chrome.runtime.sendMessage({ name: 'vitals', input }), {
    connectionId,
    patient: 'mara',
  })
  expect(answer).toEqual({ ok: false, error: { code: 'signed-out' } })
  expect(mock.requestsTo(ADDRESSES.observations)).toHaveLength(reads)
}

test('E17 signing out revokes the tokens and leaves nothing behind', async ({ popup, mock }) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await signOut(popup, mock.name)
  await isTold(popup, /signed out/i)
  expect(revokedTokens(mock)).toEqual([mock.given.refresh[0], mock.given.access[0]])
  await isEmpty(popup, mock)
  await isForgotten(popup, mock)
  expect(await waiting(popup)).toEqual([])
})

test('E17 signing out while the organization is offline leaves nothing behind, and revokes once it is back', async ({
  popup,
  mock,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await expect.poll(() => keptIn(popup, 'copies')).toBe(5)
  mock.script(ADDRESSES.revoke, () => 'hang-up')
  await signOut(popup, mock.name)
  await isTold(popup, /signed out here/i)
  await isEmpty(popup, mock)
  await isForgotten(popup, mock)

  const before = revokedTokens(mock).length
  mock.unscript(ADDRESSES.revoke)
  await letPass(popup, 60_000)
  const tokens = [mock.given.refresh[0], mock.given.access[0]]
  await expect.poll(() => revokedTokens(mock).slice(before)).toEqual(tokens)
  await expect.poll(() => waiting(popup)).toEqual([])
  await isEmpty(popup, mock)
  await expect.poll(() => alarms(popup)).toEqual([])
})

test('E17 an organization that stays offline is tried again for a day, and then no more', async ({
  popup,
  mock,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  mock.script(ADDRESSES.revoke, () => 'hang-up')
  await signOut(popup, mock.name)
  await isTold(popup, /signed out here/i)
  const before = revokedTokens(mock).length
  await letPass(popup, 60_000)
  await expect.poll(() => revokedTokens(mock).length).toBeGreaterThan(before)
  expect(await waiting(popup)).toHaveLength(1)
  await isEmpty(popup, mock)
  await letPass(popup, 24 * 3_600_000)
  await expect.poll(() => waiting(popup)).toEqual([])
  await expect.poll(() => alarms(popup)).toEqual([])
})

for (const how of ['is closed', 'is closed and the worker ends'] as const)
  test(`E17 signing out shows nothing to the next user while the organization leaves it unanswered and the popup ${how}`, async ({
    popup,
    mock,
    carekey,
  }) => {
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    mock.script(ADDRESSES.revoke, () => new Promise(() => {}))
    await signOut(popup, mock.name)
    await expect.poll(() => revokedTokens(mock).length).toBe(1)
    await popup.close()
    if (how === 'is closed and the worker ends') await carekey.killWorker()
    const next = await carekey.popup()
    await expect(next.getByRole('button', { name: /^Sign in/ })).toBeVisible()
    await expect(next.locator('body')).not.toContainText('71.5')
    expect(await waiting(next)).toHaveLength(1)
    await isEmpty(next, mock)
    await isForgotten(next, mock)
  })

test('E17 whoever signs in while the organization is still told of the sign-out stays where they are', async ({
  popup,
  mock,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  mock.script(ADDRESSES.revoke, async (_request, usual) => {
    await answered
    return usual()
  })
  await signOut(popup, mock.name)
  await expect.poll(() => revokedTokens(mock).length).toBe(1)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  answer()
  await isTold(popup, /signed out/i)
  await isSignedIn(popup)
})

/** Revocations that an organization has not received yet, sealed. */
const waiting = async (popup: Page): Promise<{ since: number; tried: number }[]> => {
  const { revocations } = await stored(popup, 'local')
  return Array.isArray(revocations) ? revocations : []
}

const alarms = (popup: Page) =>
  popup.evaluate(async () => (await chrome.alarms.getAll()).map(({ name }) => name))

/** Moves the attempts: the second one is due in a minute, the last one in a day, and the test does not wait for them. */
const letPass = async (popup: Page, time: number): Promise<void> => {
  await expect.poll(() => alarms(popup)).toContain('revoke-again')
  const due = await popup.evaluate(async () => (await chrome.alarms.get('revoke-again'))?.scheduledTime ?? 0)
  expect(due - Date.now()).toBeLessThanOrEqual(10 * 60_000)
  const earlier = (await waiting(popup)).map((each) => ({
    ...each,
    since: each.since - time,
    tried: each.tried - time,
  }))
  await popup.evaluate((revocations) => chrome.storage.local.set({ revocations }), earlier)
}

test('a press on Dismiss counts for the notice that it began on, and not for one that comes meanwhile', async ({
  popup,
  mock,
}) => {
  const portal = await startMockProvider()
  await configure(popup, portal, { name: 'Wellness Portal' })
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await addOrganization(popup)
  await startSignIn(popup, { name: 'Wellness Portal' })
  await sayIsSamePerson(popup)
  let answer = (): void => undefined
  const awaited = new Promise<void>((resolve) => {
    answer = resolve
  })
  const refusal = { status: 400, body: { error: 'invalid_request' } }
  mock.script(ADDRESSES.revoke, () => refusal)
  portal.script(ADDRESSES.revoke, () => awaited.then(() => refusal))
  await signOut(popup, 'Wellness Portal')
  const card = popup.locator('.provider').filter({ hasText: mock.name })
  await card.getByRole('button', { name: /^Open/ }).click()
  await signOut(popup, mock.name)
  await isTold(popup, new RegExp(`${mock.name} cannot be reached`))

  await popup.getByRole('button', { name: 'Dismiss' }).hover()
  await popup.mouse.down()
  answer()
  await isTold(popup, /Wellness Portal cannot be reached/)
  await expect(popup.getByText('1 more notice')).toBeVisible()
  await popup.mouse.up()
  await expect(popup.getByText('1 more notice')).toHaveCount(0)
  await isTold(popup, /Wellness Portal cannot be reached/)
  await portal.close()
})
