import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startCarekey, welcomeTab } from './carekey.ts'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'

test('the welcome page appears once, explains Carekey and leads to adding a provider', async ({
  folder,
  extension,
}) => {
  const profile = mkdtempSync(join(folder, 'profile-'))
  const carekey = await startCarekey(extension, profile, { closesWelcome: false })
  try {
    const page = await welcomeTab(carekey.context)
    await expect(page.getByRole('heading', { name: 'Welcome to Carekey' })).toBeVisible()
    await expect(page.getByRole('region', { name: 'What it keeps' })).toBeVisible()
    await inspect(page, 'welcome')
    await page.getByRole('link', { name: 'Add an organization' }).click()
    await expect(page.getByRole('heading', { name: 'Add an organization' })).toBeVisible()

    await carekey.restart()
    const popup = await carekey.popup()
    await expect(popup.getByRole('heading').first()).toBeVisible()
    expect(carekey.context.pages().filter((each) => each.url().includes('/welcome/'))).toEqual([])
  } finally {
    await carekey.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
})
