import type { BrowserContext } from '@playwright/test'
import { expect, isSignedIn, startSignIn, test } from './extension.ts'

/** Ends the worker at each call, as a browser does, without waiting until it is gone. */
export const stopper = async (context: BrowserContext): Promise<() => Promise<unknown>> => {
  const session = await context.newCDPSession(await context.newPage())
  await session.send('ServiceWorker.enable')
  return () => session.send('ServiceWorker.stopAllWorkers')
}

/**
 * Ends the worker again and again, each time a little later: before, during and after each of the popup's
 * questions.
 *
 * @param rounds how many times, over 200 ms.
 */
export const endBetween = (rounds: number): void =>
  test(`F44 a popup whose worker ends between question and answer, ${rounds} times, shows the record and no error`, async ({
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
    for (let round = 0; round < rounds; round++) {
      await popup.reload({ waitUntil: 'commit' })
      await popup.waitForTimeout((round * 200) / rounds)
      await stop()
      await isSignedIn(popup)
    }
    expect(await popup.evaluate(() => sessionStorage.getItem('failure'))).toBeNull()
  })
