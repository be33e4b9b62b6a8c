import { expect, test } from './fixtures.ts'
import { openOrganization, signOut } from './popup-frame.ts'
import { signIn } from './sign-in.ts'

const pin = '493817'

test('if an organization cannot be reached, the record is shown as it was last read, with the time', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '30 days')
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  await expect(vitals).toContainText(/\d+\/\d+ mmHg/)
  // Without a lock, nothing that survives the browser can open a copy.
  await popup.evaluate(
    (lock) => chrome.runtime.sendMessage({ name: 'set-lock', input: { lock, after: 15 } }),
    { pin },
  )
  await popup.reload()
  await expect(vitals).toContainText(/\d+\/\d+ mmHg/)
  const before = await vitals
    .getByText(/\d+\/\d+/)
    .first()
    .textContent()
  await riverside.stop()
  try {
    await carekey.restart()
    const again = await carekey.popup()
    await again.getByLabel(/passphrase/i).fill(pin)
    await again.keyboard.press('Enter')
    const section = again.getByRole('region', { name: 'Vital signs' })
    await expect(section).toContainText(/cannot be reached\. As of \d\d:\d\d/)
    await expect(section).toContainText(before ?? '')
    await openOrganization(again, riverside.name)
    await expect(again.getByRole('listitem').filter({ hasText: /^Last read \d\d:\d\d$/ })).toBeVisible()
    await again.getByRole('button', { name: 'Back' }).click()
    await signOut(again, riverside.name)
    await expect(again.getByText(/signed out here/i)).toBeVisible()
    await expect(again.getByText(/mmHg/)).toHaveCount(0)
  } finally {
    await riverside.start()
  }
})
