import { mkdirSync } from 'node:fs'
import { expect, test } from './fixtures.ts'
import { pictures } from './inspect.ts'
import { signIn } from './sign-in.ts'
import { openToolbarPopup } from './toolbar-popup.ts'

// Like the tests of the side panel.
test.use({ ownProfile: true })

test('the popup under the toolbar button shows the record in its real size', async ({
  carekey,
  organizations: { riverside },
}) => {
  const page = await carekey.popup()
  await signIn(carekey, page, riverside, 'john')
  await expect(page.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await page.close()

  const popup = await openToolbarPopup(carekey)
  const text = () => popup.evaluate('document.body.innerText')
  await expect.poll(text).toMatch(/John Doe[\s\S]*mmHg/)
  expect(await popup.evaluate('innerWidth')).toBe(400)
  expect(await popup.evaluate('innerHeight')).toBeLessThanOrEqual(600)
  expect(await popup.evaluate("performance.getEntriesByName('popup:ready').length")).toBe(1)
  mkdirSync(pictures, { recursive: true })
  await popup.photograph(`${pictures}/toolbar-popup.png`)
})
