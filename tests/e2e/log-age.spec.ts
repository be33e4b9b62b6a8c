import { expect, test } from './fixtures.ts'
import { lookNow, openBesideLee, readByLee, toolbar } from './log-watching.ts'
import { signIn } from './sign-in.ts'

// The log has to be short enough to be known as a whole, and the clock that a test installs is its whole browser’s.
test.use({ alone: true, ownProfile: true })

const readLast = /Last read by|(Nobody but you|Only in your name) since/

test('an open page no longer says who read last once the toolbar announces an access', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await openBesideLee(carekey, riverside)
  const log = popup.getByRole('region', { name: 'Who read my record' })
  const statement = log.locator('.statement')
  await expect(statement).toHaveText(readLast)
  const page = await carekey.options()
  await readByLee(page)
  await lookNow(page)
  await expect.poll(async () => (await toolbar(page)).text).toMatch(/^[1-9]$/)
  await expect(statement).toHaveCount(0)
  await log.getByRole('button', { name: 'Refresh' }).click()
  await expect(statement).toContainText('read your record.')
})

test('an open page no longer says who read last some minutes later', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '1 day')
  await popup.clock.install()
  await popup.reload()
  const statement = popup.getByRole('region', { name: 'Who read my record' }).locator('.statement')
  await expect(statement).toHaveText(readLast)
  await popup.clock.runFor(360_000)
  await expect(statement).toHaveCount(0)
})
