import { endBetween, stopper } from './end-between.ts'
import { expect, isSignedIn, startSignIn, test } from './extension.ts'

endBetween(10)

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
  await popup.getByRole('button', { name: 'Sign out' }).click()
  await revoking
  await expect(popup.getByText('The browser stopped Carekey')).toBeVisible()
  await expect(popup.getByRole('button', { name: `Sign in with ${mock.name}` })).toBeVisible()
})
