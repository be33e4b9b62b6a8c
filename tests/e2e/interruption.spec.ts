import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { allow, fillPassword, openSignIn, signIn } from './sign-in.ts'

test('an idle worker wakes for a sign-in', async ({ carekey, organizations: { riverside } }) => {
  const popup = await carekey.popup()
  await expect(popup.getByRole('button', { name: `Sign in with ${riverside.name}` })).toBeVisible()
  await carekey.killWorker()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
})

test('a worker that is ended during a sign-in says so, and the next try works', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  const orphan = await openSignIn(carekey, popup, riverside)
  await carekey.killWorker()
  const again = await carekey.popup()
  await expect(again.getByRole('status').filter({ hasText: /interrupted/i })).toBeVisible()
  await inspect(again, 'popup-interrupted')

  // The browser keeps the window of the interrupted flow, and opens no second one beside it.
  await again.getByRole('button', { name: /try again/i }).click()
  await expect(again.getByRole('status').filter({ hasText: /another sign-in is open/i })).toBeVisible()
  await orphan.close()
  await signIn(carekey, again, riverside, 'john')
  await expect(again.getByRole('heading', { name: 'John Doe' })).toBeVisible()
})

test('after its end, a worker still knows who is signed in', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', 'This visit')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await carekey.killWorker()
  const again = await carekey.popup()
  await expect(again.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await expect(again.getByRole('region', { name: 'Vital signs' })).toContainText(/\d+\/\d+ mmHg/)
})

test('a popup that is closed during a sign-in shows the result when it is opened again', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  const window = await openSignIn(carekey, popup, riverside)
  await popup.close()

  const waiting = await carekey.popup()
  await expect(waiting.getByRole('status').filter({ hasText: riverside.name })).toBeVisible()
  await inspect(waiting, 'popup-waiting')
  await waiting.close()

  await fillPassword(window, 'john')
  await allow(window, '1 hour')
  const after = await carekey.popup()
  await expect(after.getByRole('heading', { name: 'John Doe' })).toBeVisible()
})
