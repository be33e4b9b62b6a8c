import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { signOut } from './popup-frame.ts'
import { signIn, signInAtBoth } from './sign-in.ts'

/** The badge on the toolbar; `page` is one of the extension's own pages. */
const toolbar = (page: Page) =>
  page.evaluate(async () => ({
    text: await chrome.action.getBadgeText({}),
    title: await chrome.action.getTitle({}),
  }))

const alarms = (page: Page) =>
  page.evaluate(async () => (await chrome.alarms.getAll()).map(({ name }) => name).sort())

/** Moves an end nearer, because a test cannot wait an hour. */
const endIn = (page: Page, minutes: number) =>
  page.evaluate(async (minutes) => {
    const { sessions } = await chrome.storage.session.get('sessions')
    for (const session of Object.values(Object(sessions)))
      Object.assign(Object(session), { endsAt: Date.now() + minutes * 60_000 })
    await chrome.storage.session.set({ sessions })
  }, minutes)

test('the toolbar counts the remaining time, also after the worker ends', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await expect.poll(() => toolbar(popup)).toMatchObject({ text: '59m' })
  expect((await toolbar(popup)).title).toMatch(/59 minutes left at Riverside Clinic/)
  await expect.poll(() => alarms(popup)).toEqual(['badge', 'grant-ends', 'look-at-logs'])

  await popup.evaluate(() => chrome.alarms.clearAll())
  await carekey.killWorker()
  await endIn(popup, 4.5)
  await expect.poll(() => toolbar(popup)).toMatchObject({ text: '4m' })
  await expect.poll(() => alarms(popup)).toEqual(['badge', 'grant-ends', 'look-at-logs'])

  await popup.close()
  const again = await carekey.popup()
  const notice = again.getByRole('status').filter({ hasText: /4 min left/ })
  await expect(notice.getByRole('button', { name: 'Sign in again' })).toBeVisible()

  await signOut(again, riverside.name)
  await expect.poll(() => toolbar(again)).toEqual({ text: '', title: 'Carekey' })
  await expect.poll(() => alarms(again)).toEqual([])
})

test('a restarted browser shows the remaining time at once, before anybody opens the popup', async ({
  carekey,
  organizations: { riverside },
}) => {
  const before = await carekey.popup()
  await signIn(carekey, before, riverside, 'john')
  await expect(before.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await carekey.restart()
  const page = await carekey.options()
  await expect.poll(() => toolbar(page)).toMatchObject({ text: expect.stringMatching(/^5\dm$/) })
  await expect.poll(() => alarms(page)).toEqual(['badge', 'grant-ends', 'look-at-logs'])
})

test("signing out everywhere asks once, and shows each organization's answer", async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signInAtBoth(carekey, popup, [riverside, pulse], 'john', '1 day')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await pulse.stop()
  const options = await carekey.options('organizations')
  await options.getByRole('button', { name: 'Sign out everywhere' }).click()
  await options.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await expect(options.getByText('John Doe: Signed out of Riverside Clinic')).toBeVisible()
  await expect(options.getByText('Pulse Devices cannot be reached')).toBeVisible()
  await expect(options.getByRole('button', { name: 'Sign out everywhere' })).toHaveCount(0)
  await pulse.start()
})
