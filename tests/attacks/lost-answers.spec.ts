import { endBetween, stopper } from './end-between.ts'
import { expect, isSignedIn, startSignIn, test } from './extension.ts'

endBetween(10)

test('F44 when the worker ends during an action, the person is told and can try again', async ({
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
