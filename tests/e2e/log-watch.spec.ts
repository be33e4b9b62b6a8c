import { expect, test } from './fixtures.ts'
import { lookNow, openBesideLee, readByLee, toolbar } from './log-watching.ts'
import { addOrganization } from './popup-frame.ts'
import { signIn } from './sign-in.ts'

test('the toolbar counts new accesses while nothing is open, until the list has been on screen', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await openBesideLee(carekey, riverside)
  await popup.getByRole('link', { name: 'Who read it' }).click()
  // A list that is left before its end would be read down a minute later, and the toolbar say so until then.
  await expect(popup.getByRole('region', { name: 'Who read my record' })).toContainText(
    /proven against the checkpoint|wait for the log's next checkpoint/,
  )
  await popup.close()
  const page = await carekey.options()
  await expect.poll(async () => (await toolbar(page)).text).toBe('')

  await readByLee(page)
  expect((await toolbar(page)).text).toBe('')
  await carekey.killWorker()
  await lookNow(page)
  await expect.poll(() => toolbar(page)).toMatchObject({ text: expect.stringMatching(/^[1-9]$/) })
  const { text, title } = await toolbar(page)
  expect(title).toMatch(new RegExp(`^Carekey\n${text} new access(es)? to your record at Riverside Clinic$`))

  const again = await carekey.popup()
  const link = again.getByRole('link', { name: `Who read it ${text} new` })
  await expect(link).toBeVisible()
  await link.click()
  const log = again.getByRole('region', { name: 'Who read my record' })
  await expect(log).toContainText('by others')
  // Dr. Lee's reads form one line, so all of them are seen with it. Earlier ones, from other tests, are further down.
  const fresh = log.locator('div', { has: again.getByRole('heading', { name: 'New' }) }).last()
  await expect(fresh.getByRole('listitem')).toHaveText([/Others · .+ · \d+ entries/])
  await expect.poll(() => toolbar(page)).toEqual({ text: '', title: 'Carekey' })
  await expect(again.getByRole('link', { name: 'Who read it', exact: true })).toBeVisible()
})

test('an open list says when it was read, and is read again by its button, and when its section is opened later', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '1 day')
  const log = popup.getByRole('region', { name: 'Who read my record' })
  const section = popup.getByRole('link', { name: /^Who read it/ })
  await section.click()
  await expect(log).toContainText('Today')
  await addOrganization(popup)
  await signIn(carekey, popup, riverside, 'lee', '12 hours')
  await expect(popup.getByRole('button', { name: 'Search Patients' })).toBeVisible()
  await readByLee(popup)
  await popup.getByRole('button', { name: 'Open John Doe' }).click()
  await section.click()
  await expect(log).toContainText(/As of \d\d:\d\d/)
  await expect(log.getByRole('listitem').first()).toBeVisible()
  const newGroup = log.getByRole('heading', { name: 'New' })
  await expect(newGroup).toHaveCount(0)

  await log.getByRole('button', { name: 'Refresh' }).click()
  await expect(newGroup).toBeVisible()

  // The accesses are no longer new in a list that is read after they were on screen.
  await expect(async () => {
    await popup.evaluate(() => {
      const now = Date.now
      Date.now = () => now() + 61_000
    })
    await section.click()
    await expect(newGroup).toHaveCount(0, { timeout: 2000 })
  }).toPass()
})

test('the chosen section scrolls into view even if the page was still too short for it', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '1 day')
  const log = popup.getByRole('region', { name: 'Who read my record' })
  await expect(log).toContainText('Today')
  // The state of the page while both are still being read.
  const show = (display: '' | 'none') =>
    popup.evaluate((how) => {
      for (const each of document.querySelectorAll<HTMLElement>('#search, #who-read > :not(h2)'))
        each.style.display = how
    }, display)
  await show('none')
  await popup.getByRole('link', { name: 'Who read it' }).click()
  await expect(log.getByRole('heading').first()).toBeInViewport()
  await show('')
  await expect.poll(async () => (await log.boundingBox())?.y).toBeLessThan(130)
})
