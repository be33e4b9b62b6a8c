import { mkdirSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { type BrowserView, openedView } from './browser-view.ts'
import type { Carekey } from './carekey.ts'
import { expect, test } from './fixtures.ts'
import { inspect, pictures } from './inspect.ts'
import { layoutFaults } from './pages-preview/layout-faults.ts'
import { addOrganization, chooseFromMenu, openOrganizations, signOut } from './popup-frame.ts'
import { sayIsSamePerson, signIn, signInAtBoth } from './sign-in.ts'
import { openToolbarPopup } from './toolbar-popup.ts'

// In headless Chromium a window loses its focus for good in one of the other tests, and neither popup nor panel opens then.
test.use({ ownProfile: true })

const addressOf = ({ id }: Carekey) => `chrome-extension://${id}/extension/side/index.html`

/** Opens the panel as a person does, from the popup's menu, in the window whose first tab is in front. */
const openSide = async (carekey: Carekey): Promise<BrowserView> => {
  const popup = await openToolbarPopup(carekey)
  const [tab] = carekey.context.pages()
  if (!tab) throw new Error('There is no tab.')
  const side = await openedView(tab, addressOf(carekey), async () => {
    await popup.click('More')
    await popup.click('Open at the side')
  })
  // It would cover the panel.
  await popup.closed()
  return side
}

const isOpen = async (carekey: Carekey, page: Page): Promise<boolean> => {
  const session = await carekey.context.newCDPSession(page)
  const { targetInfos } = await session.send('Target.getTargets')
  await session.detach()
  return targetInfos.some(({ url }) => url === addressOf(carekey))
}

const textOf = (view: BrowserView) => () => view.evaluate('document.body.innerText')

test('the side panel stays beside every tab and follows sign-outs, sign-ins and the lock in other pages', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const side = await openSide(carekey)
  const text = textOf(side)
  await expect.poll(text).toMatch(/John Doe[\s\S]*mmHg/)
  mkdirSync(pictures, { recursive: true })
  await side.photograph(`${pictures}/side-panel.png`)
  expect(await side.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  expect(await side.evaluate('document.getElementById("popup").offsetHeight === innerHeight')).toBe(true)
  expect(await side.evaluate('document.querySelector(".menu").textContent')).toBe('Print or export…Options')

  const other = await carekey.context.newPage()
  await other.goto(riverside.url)
  expect(await side.evaluate('document.visibilityState')).toBe('visible')
  await other.close()
  await popup.bringToFront()

  await side.evaluate('window.isFirstDocument = true')
  const isFirstDocument = () => side.evaluate('window.isFirstDocument === true')
  await signOut(popup, riverside.name)
  await expect.poll(text).toMatch(/^(?!.*mmHg).*Sign in/s)
  await signIn(carekey, popup, riverside, 'john')
  await expect.poll(text).toMatch(/John Doe · (1 h|59 min) left/)
  await side.click('Open John Doe')
  await expect.poll(text).toMatch(/John Doe[\s\S]*mmHg/)
  expect(await isFirstDocument()).toBe(true)

  const options = await carekey.options('lock')
  const form = options.getByRole('form', { name: 'Set a lock' })
  await form.getByLabel('Passphrase or PIN').fill('493817')
  await form.getByLabel('Repeat').fill('493817')
  await form.getByRole('button', { name: 'Set lock' }).click()
  await expect(options.getByText('The lock is set.')).toBeVisible()
  await expect.poll(text).toMatch(/John Doe/)
  await chooseFromMenu(popup, 'Lock now')
  await expect.poll(text).toMatch(/^(?!.*(John|mmHg|Riverside)).*Carekey is locked/s)
  // Whatever is only removed from sight stays in a page's memory.
  expect(await isFirstDocument()).toBe(false)
  await side.close()
})

test('the side panel opens by nothing but its button: not at the installation, the lock or the start', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '30 days')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  expect(await isOpen(carekey, popup)).toBe(false)
  const side = await openSide(carekey)
  await expect.poll(textOf(side)).toMatch(/John Doe/)
  expect(await isOpen(carekey, popup)).toBe(true)
  await carekey.restart()
  const after = await carekey.popup()
  await expect(after.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  expect(await isOpen(carekey, after)).toBe(false)
  const again = await openToolbarPopup(carekey)
  await expect.poll(textOf(again)).toMatch(/John Doe/)
  await again.close()
  expect(await isOpen(carekey, after)).toBe(false)
})

test('Tab goes through the controls of the side panel in order', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const side = await openSide(carekey)
  await expect.poll(textOf(side)).toMatch(/mmHg/)
  const focused = '(document.activeElement.ariaLabel ?? document.activeElement.textContent).slice(0, 14)'
  const stops: unknown[] = []
  for (let presses = 0; presses < 7; presses++) {
    await side.pressTab()
    stops.push(await side.evaluate(focused))
  }
  expect(stops).toEqual([
    'Organizations:',
    'More',
    'Summary',
    'Record',
    'Who read it',
    'Blood pressure',
    expect.stringMatching(/^Weight/),
  ])
  await side.close()
})

test('the page at the side fits from Firefox’s narrowest sidebar to a whole tab, light and dark', async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signInAtBoth(carekey, popup, [riverside, pulse], 'john')
  await sayIsSamePerson(popup)
  await popup.close()
  const side = await carekey.side()
  await expect(side.getByRole('region', { name: 'Vital signs' })).toContainText(/\d+\/\d+ mmHg/)
  await expect(side.getByRole('button', { name: 'Refresh' })).toBeVisible()
  for (const width of [200, 320, 360, 719, 1100]) {
    await side.setViewportSize({ width, height: 900 })
    expect.soft(await side.evaluate(() => document.body.offsetWidth), 'fills the window').toBe(width)
    // Text may break within a word where the sidebar is narrower than any other window.
    if (width < 320) expect.soft(await side.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    else expect.soft(await layoutFaults(side), `${width} px`).toEqual([])
    if (width === 320 || width === 360) await inspect(side, `side-${width}`)
    else await side.screenshot({ path: `${pictures}/side-${width}.png`, animations: 'disabled' })
  }
  await side.setViewportSize({ width: 320, height: 700 })
  await side.getByRole('button', { name: 'More', exact: true }).click()
  await side.screenshot({ path: `${pictures}/side-320-menu.png` })
  expect.soft(await layoutFaults(side), 'the menu').toEqual([])
  await side.keyboard.press('Escape')
  await openOrganizations(side)
  await side.screenshot({ path: `${pictures}/side-320-organizations.png`, animations: 'disabled' })
  expect.soft(await layoutFaults(side), 'the sheet').toEqual([])
})

test('the page at the side keeps its patient when another page goes elsewhere, and forgets them when Lee signs out there', async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  const form = popup.getByRole('form', { name: 'Search Patients' })
  await form.getByLabel('Name, birth date or number').fill('Jane Doe 1980-01-15')
  await form.getByRole('button', { name: 'Search Patients' }).click()
  await popup.getByRole('list', { name: 'Patients' }).getByRole('button').first().click()
  const jane = { name: /^Jane .*Doe$/ }
  await expect(popup.getByRole('heading', jane)).toBeVisible()
  const side = await carekey.side()
  await expect(side.getByRole('heading', jane)).toBeVisible()

  await addOrganization(popup)
  await signIn(carekey, popup, pulse, 'john')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await expect(side.getByRole('button', { name: /^Organizations/ })).toBeVisible()
  await side.bringToFront()
  await expect(side.getByRole('heading', jane)).toBeVisible()

  await popup.bringToFront()
  await (await openOrganizations(popup)).getByRole('button', { name: riverside.name }).click()
  await expect(form).toBeVisible()
  await signOut(popup, riverside.name)
  const signInWithRiverside = side.getByRole('button', { name: `Sign in with ${riverside.name}` })
  await expect(signInWithRiverside).toBeVisible()
  await signIn(carekey, popup, riverside, 'lee')
  await side.getByRole('button', { name: 'Open Dr. Morgan Lee' }).click()
  await expect(side.getByRole('form', { name: 'Search Patients' })).toBeVisible()
  await expect(side.getByText(/Jane/)).toHaveCount(0)
})
