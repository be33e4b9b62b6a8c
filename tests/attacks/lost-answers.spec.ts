import type { BrowserContext } from '@playwright/test'
import { signOut } from '../e2e/popup-frame.ts'
import { expect, isSignedIn, startSignIn, test } from './extension.ts'

/** Ends the worker at each call, as a browser does, without waiting until it is gone. */
const stopper = async (context: BrowserContext): Promise<() => Promise<unknown>> => {
  const session = await context.newCDPSession(await context.newPage())
  await session.send('ServiceWorker.enable')
  return () => session.send('ServiceWorker.stopAllWorkers')
}

/** Each time, the worker ends a little later: before, during and after each of the popup's questions, which take 200 ms. */
const ROUNDS = 100

test('F44 a popup whose worker ends between question and answer, 100 times, shows the record and no error', async ({
  popup,
  mock,
  carekey,
}) => {
  test.setTimeout(240_000)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const stop = await stopper(carekey.context)
  // Recorded by the page itself, because it disappears before a test could read it.
  await popup.addInitScript(() => {
    addEventListener('DOMContentLoaded', () =>
      new MutationObserver(() => {
        const notice = document.querySelector('[role=alert], .notice.failed')
        if (notice) sessionStorage.setItem('failure', notice.textContent ?? '')
      }).observe(document.body, { childList: true, subtree: true }),
    )
  })
  for (let round = 0; round < ROUNDS; round++) {
    await popup.reload({ waitUntil: 'commit' })
    await popup.waitForTimeout((round * 200) / ROUNDS)
    await stop()
    await isSignedIn(popup)
  }
  expect(await popup.evaluate(() => sessionStorage.getItem('failure'))).toBeNull()
})

test('F44 when the worker ends during a sign-out, the person is told, and is signed out all the same', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const stop = await stopper(carekey.context)
  let reportArrival = () => {}
  const revoking = new Promise<void>((resolve) => {
    reportArrival = resolve
  })
  let isEnded = false
  mock.script('/oauth/revoke', async (_request, usual) => {
    if (isEnded) return usual()
    isEnded = true
    reportArrival()
    await stop()
    return usual()
  })
  await signOut(popup, mock.name)
  await revoking
  await expect(popup.getByText('The browser stopped Carekey')).toBeVisible()
  await expect(popup.getByRole('button', { name: `Sign in with ${mock.name}` })).toBeVisible()
})
