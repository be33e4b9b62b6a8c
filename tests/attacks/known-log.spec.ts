import { expect, isSignedIn, startSignIn, test } from './extension.ts'
import { LOG_ROWS, type LogPopup, serveLog } from './log-rows.ts'

for (const [title, run] of Object.entries(LOG_ROWS))
  test(title, async ({ popup, mock, carekey }) => {
    const log = serveLog(mock)
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    await popup.close()
    const open = async (): Promise<LogPopup> => {
      const page = await carekey.popup()
      await page.getByRole('link', { name: /^Who read it/ }).click()
      const region = page.getByRole('region', { name: 'Who read my record' })
      return {
        page,
        says: (pattern) => expect(page.locator('body')).toContainText(pattern),
        press: (button) => region.getByRole('button', { name: button }).click(),
        close: () => page.close(),
      }
    }
    await run({ browser: { open }, mock, log })
  })
