import type { BrowserContext } from '@playwright/test'
import { expect, isSignedIn, startSignIn, test } from './extension.ts'

/** Ends the worker whenever it is told, as a browser does, without waiting for it to be gone. */
const stopper = async (context: BrowserContext): Promise<() => Promise<unknown>> => {
  const session = await context.newCDPSession(await context.newPage())
  await session.send('ServiceWorker.enable')
  return () => session.send('ServiceWorker.stopAllWorkers')
}

const ROUNDS = 100

test(`F44 a popup whose worker ends between question and answer, ${ROUNDS} times, shows the record and no failure`, async ({
  popup,
  mock,
  carekey,
}) => {
  test.setTimeout(240_000)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const stop = await stopper(carekey.context)
  // Read by the page itself: it would be gone before anybody else looked.
  await popup.addInitScript(() => {
    addEventListener('DOMContentLoaded', () =>
      new MutationObserver(() => {
        const told = document.querySelector('[role=alert], .notice.failed')
        if (told) sessionStorage.setItem('failure', told.textContent ?? '')
      }).observe(document.body, { childList: true, subtree: true }),
    )
  })
  for (let round = 0; round < ROUNDS; round++) {
    await popup.reload({ waitUntil: 'commit' })
    // Each round a little later: before, during and after each of the popup's questions.
    await popup.waitForTimeout(round * 2)
    await stop()
    await isSignedIn(popup)
  }
  expect(await popup.evaluate(() => sessionStorage.getItem('failure'))).toBeNull()
})

test('F44 a person is told when the worker ended during an action, and can try again', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const stop = await stopper(carekey.context)
  let asked = () => {}
  const revoking = new Promise<void>((resolve) => {
    asked = resolve
  })
  let ended = false
  mock.script('/oauth/revoke', async (_request, usual) => {
    if (ended) return usual()
    ended = true
    asked()
    await stop()
    return usual()
  })
  await popup.getByRole('button', { name: 'Sign out' }).click()
  await revoking
  await expect(popup.getByText('The browser stopped Carekey')).toBeVisible()
  await popup.getByRole('button', { name: 'Sign out' }).click()
  await expect(popup.getByRole('button', { name: `Sign in with ${mock.name}` })).toBeVisible()
})
