import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { addOrganization } from './popup-frame.ts'
import { signIn } from './sign-in.ts'

const toolbar = (page: Page) =>
  page.evaluate(async () => ({
    text: await chrome.action.getBadgeText({}),
    title: await chrome.action.getTitle({}),
  }))

const readLast = /Last read by|(Nobody but you|Only in your name) since/

/** Fires the alarm of the next look, as after six hours. */
const lookNow = (page: Page) =>
  page.evaluate(async () => {
    const { nextLooks } = await chrome.storage.session.get('nextLooks')
    const due = Object.fromEntries(Object.keys(Object(nextLooks)).map((id) => [id, Date.now() - 1]))
    await chrome.storage.session.set({ nextLooks: due })
    await chrome.alarms.create('look-at-logs', { when: Date.now() })
  })

/** Dr. Lee reads the vital signs of the signed-in person, in a browser that this one does not know. */
const readByLee = (page: Page) =>
  page.evaluate(async () => {
    const ask = async (name: string, input?: object) => {
      const answer = await chrome.runtime.sendMessage({ name, input })
      if (!answer?.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`)
      return answer.value
    }
    const { connections } = await ask('state')
    const patient = connections.find((each: { patient?: object }) => each.patient).patient.id
    const { id: connectionId } = connections.find((each: { patient?: object }) => !each.patient)
    await ask('vitals', { connectionId, patient })
    await ask('remove-connection', { connectionId })
  })

test('the toolbar counts new accesses while nothing is open, until the list has been on screen', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee', '12 hours')
  await expect(popup.getByRole('button', { name: 'Search Patients' })).toBeVisible()
  await addOrganization(popup)
  await signIn(carekey, popup, riverside, 'john', '1 day')
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

test('an open page no longer says who read last once the toolbar announces an access', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee', '12 hours')
  await expect(popup.getByRole('button', { name: 'Search Patients' })).toBeVisible()
  await addOrganization(popup)
  await signIn(carekey, popup, riverside, 'john', '1 day')
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
