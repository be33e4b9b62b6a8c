import { expect, test } from './fixtures.ts'
import { signIn } from './sign-in.ts'

test('a record whose organization cannot be reached is shown as it was last read, and says when', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '30 days')
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  await expect(vitals).toContainText(/\d+\/\d+ mmHg/)
  const before = await vitals
    .getByText(/\d+\/\d+/)
    .first()
    .textContent()
  await riverside.stop()
  try {
    await carekey.restart()
    const again = await carekey.popup()
    const shown = again.getByRole('region', { name: 'Vital signs' })
    await expect(shown).toContainText(/cannot be reached.*Last read \d\d:\d\d/)
    await expect(shown).toContainText(before ?? '')
    await again.getByRole('button', { name: 'Sign out' }).click()
    await expect(again.getByText(/signed out here/i)).toBeVisible()
    await expect(again.getByText(/mmHg/)).toHaveCount(0)
  } finally {
    await riverside.start()
  }
})
