import type { Page } from '@playwright/test'
import { chooseFromMenu } from '../e2e/popup-frame.ts'
import { ADDRESSES } from '../fakes/mock-provider.ts'
import { expect, isSignedIn, startSignIn, stored, test } from './extension.ts'

const pin = '493817'

const send = (page: Page, name: string, input?: object): Promise<unknown> =>
  page.evaluate((message) => chrome.runtime.sendMessage(message), { name, ...(input && { input }) })

const done = { ok: true }

// The extension times out after 15 s and `expect` after 10 s, so waiting for an answer fails the test.
test('F72 a lock closes and opens even if an organization does not answer, and nothing stays in clear', async ({
  popup,
  mock,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  expect(await send(popup, 'set-lock', { lock: { pin }, after: 15 })).toMatchObject(done)
  const never = new Promise<never>(() => undefined)
  mock.script(ADDRESSES.observations, () => never)
  const requestCount = mock.requestsTo(ADDRESSES.observations).length
  await popup.reload()
  await expect.poll(() => mock.requestsTo(ADDRESSES.observations).length).toBeGreaterThan(requestCount)

  await chooseFromMenu(popup, 'Lock now')
  await expect(popup.getByRole('heading', { name: 'Carekey is locked' })).toBeVisible()
  await expect
    .poll(async () => Object.keys(await stored(popup, 'session')).sort())
    .toEqual(['asleep', 'flow'])
  expect(JSON.stringify(await stored(popup, 'session'))).not.toContain(mock.given.access.at(-1))

  mock.script(ADDRESSES.token, () => never)
  expect(await send(popup, 'unlock', { pin })).toMatchObject(done)
  await expect(popup.getByRole('heading', { name: 'Mara Mock' })).toBeVisible()
  mock.unscript(ADDRESSES.token)
  mock.unscript(ADDRESSES.observations)
  await popup.reload()
  await isSignedIn(popup)
})
