import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { fillPassword, signIn } from './sign-in.ts'

test('a window that was shortened at the account page, in another tab, is shown shortened when the popup opens', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '30 days')
  const buttonOf = (page: Page) => page.getByRole('button', { name: /^Organizations/ })
  await expect(buttonOf(popup)).toContainText('until')
  await popup.close()

  const account = await carekey.context.newPage()
  await account.goto(`${riverside.url}/account`)
  await fillPassword(account, 'john')
  await account.getByRole('link', { name: 'Change or disconnect Carekey' }).first().click()
  await account.getByRole('radio', { name: '1 hour' }).check()
  await account.getByRole('button', { name: 'Save changes' }).click()
  await expect(account.getByRole('status')).toContainText('ends sooner')

  // Carekey does not ask the organization at every opening, so the change appears within seconds.
  const anew = await carekey.popup()
  await expect(async () => {
    await anew.reload()
    await expect(buttonOf(anew)).toContainText(/^\d+ min$/, { timeout: 3000 })
  }).toPass({ timeout: 20_000 })
})
