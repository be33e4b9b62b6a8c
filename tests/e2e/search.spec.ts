import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { signOut } from './popup-frame.ts'
import { allow, fillPassword, openSignIn, signIn } from './sign-in.ts'

type Field = 'Full Name (exact match)' | 'Given' | 'Family' | 'Gender' | 'Identifier' | 'Birthdate'

const search = async (popup: Page, fields: Partial<Record<Field, string>>) => {
  const form = popup.getByRole('form', { name: 'Search Patients' })
  for (const label of ['Full Name (exact match)', 'Given', 'Family', 'Identifier', 'Birthdate'] as const) {
    await form.getByLabel(label).fill(fields[label] ?? '')
  }
  await form.getByLabel('Gender').selectOption(fields.Gender ?? '')
  await form.getByRole('button', { name: 'Search Patients' }).click()
}

/** Every patient in the results is a button that opens the record. */
const find = (popup: Page, name: RegExp) => popup.getByRole('listitem').getByRole('button', { name })

test('M3 Lee finds Jane Doe by her exact full name and her birthdate, and sees her vital signs', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  await expect(popup.getByRole('form', { name: 'Search Patients' })).toBeVisible()
  await inspect(popup, 'popup-search')

  await search(popup, { 'Full Name (exact match)': 'Jane Doe' })
  await expect(find(popup, /Jane Doe/).first()).toBeVisible()
  await inspect(popup, 'popup-search-found')
  await search(popup, { 'Full Name (exact match)': 'Jane Do' })
  await expect(
    popup.getByRole('status').filter({ hasText: /no .*(patient|body|one)|nobody|nothing/i }),
  ).toBeVisible()
  await inspect(popup, 'popup-search-nothing-found')

  await search(popup, { Given: 'Jane', Family: 'Doe', Gender: 'female', Birthdate: '15 Jan 1980' })
  await find(popup, /Jane Doe/)
    .first()
    .click()
  await expect(popup.getByRole('heading', { name: 'Jane Doe' })).toBeVisible()
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  await expect(vitals).toContainText(/\d+\/\d+ mmHg/)
  await expect(vitals).toContainText(/kg/)
  await inspect(popup, 'popup-patient')
})

test('an invalid value is reported at its field, and no earlier results stay below', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  await search(popup, { Family: 'Doe' })
  await expect(find(popup, /Doe/).first()).toBeVisible()
  for (const Birthdate of ['last winter', '2024-02-31']) {
    await search(popup, { Birthdate })
    await expect(popup.getByLabel('Birthdate')).toHaveAttribute('aria-invalid', 'true')
    await expect(find(popup, /Doe/)).toHaveCount(0)
  }
})

test('a date that may be read in two ways is searched in one, and offered in the other', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  const results = popup.locator('.results')
  await popup.getByLabel('Name, birth date or number').fill('doe 3/4/1972')
  await popup.keyboard.press('Enter')
  await expect(results).toContainText('found · with the name “doe” and born on 4 Mar 1972')
  await expect(find(popup, /John Doe/).first()).toBeVisible()
  await popup.getByRole('button', { name: 'Search 3 Apr 1972 instead' }).click()
  await expect(results).toContainText('with the name “doe” and born on 3 Apr 1972')
  await expect(results).toContainText(
    'The box takes a name, a birth date or a number. The gender has a field of its own.',
  )
  await expect(find(popup, /John Doe/)).toHaveCount(0)
  await popup.getByRole('button', { name: 'Search 4 Mar 1972 instead' }).click()
  await expect(find(popup, /John Doe/).first()).toBeVisible()
})

test.describe('with a clock of its own, which is the whole browser’s', () => {
  test.use({ ownProfile: true })

  test('results come as one types: not for one name, one request at a time, and the last text wins', async ({
    carekey,
    organizations: { riverside },
  }) => {
    const popup = await carekey.popup()
    await signIn(carekey, popup, riverside, 'lee')
    const searches: string[] = []
    let release = () => {}
    const isReleased = new Promise<void>((resolve) => {
      release = resolve
    })
    await carekey.context.route(`${riverside.url}/fhir/Patient?*`, async (route) => {
      searches.push(new URL(route.request().url()).searchParams.getAll('name').join(' '))
      await isReleased
      await route.continue()
    })
    await popup.clock.install()
    const box = popup.getByLabel('Name, birth date or number')
    await box.fill('john')
    await expect(popup.getByText('Enter searches.')).toBeVisible()
    await popup.clock.runFor(5_000)
    await box.fill('john do')
    await popup.clock.runFor(5_000)
    await expect.poll(() => searches).toEqual(['john do'])
    await box.fill('jane doe')
    await popup.clock.runFor(5_000)
    expect(searches, 'while a request is under way').toEqual(['john do'])
    release()
    await expect(popup.getByRole('status').filter({ hasText: 'with the name “jane doe”' })).toBeVisible()
    await expect(find(popup, /Jane Doe/).first()).toBeVisible()
    await expect(find(popup, /John/)).toHaveCount(0)
    await expect(box).toBeFocused()
    expect(searches).toEqual(['john do', 'jane doe'])
    await carekey.context.unrouteAll()
  })
})

test('the six fields are one line unless somebody goes into them, and the patients opened last are offered', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  const form = popup.getByRole('form', { name: 'Search Patients' })
  const heightOf = async () => (await form.boundingBox())?.height ?? 0
  await expect(form).toBeVisible()
  expect(await heightOf(), 'one box and one line').toBeLessThan(160)
  await form.getByRole('button', { name: 'More fields' }).click()
  await expect(form.getByLabel('Full Name (exact match)')).toBeFocused()
  const unfolded = await heightOf()
  expect(unfolded).toBeGreaterThan(320)
  await search(popup, { Given: 'Jane', Family: 'Doe', Birthdate: '15 Jan 1980' })
  await expect(find(popup, /Jane Doe/).first()).toBeInViewport({ ratio: 1 })
  expect(await heightOf()).toBeLessThan(unfolded / 2)
  await form.getByRole('button', { name: 'Jane · Doe · 15 Jan 1980' }).click()
  await expect(form.getByLabel('Full Name (exact match)')).toBeFocused()
  expect(await heightOf()).toBeGreaterThanOrEqual(unfolded)

  await find(popup, /Jane Doe/)
    .first()
    .click()
  await popup.getByRole('button', { name: 'Back' }).click()
  await form.getByRole('button', { name: 'Start over' }).click()
  await expect(popup.getByRole('list', { name: 'Recent patients' }).getByRole('listitem')).toHaveText([
    /Jane Doe/,
  ])
})

test('the focus keeps its place when more patients are shown', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  await search(popup, { Gender: 'male' })
  const more = popup.getByRole('button', { name: 'Show more' })
  await more.press('Enter')
  await expect(popup.getByRole('listitem')).toHaveCount(40)
  await expect(more).toBeFocused()
})

test('the arrow keys move through the results, and Enter opens one', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'lee')
  await search(popup, { Family: 'Doe', Given: 'Jane' })
  const all = find(popup, /Doe/)
  await expect(all.nth(1)).toBeVisible()
  await popup.getByLabel('Family').press('ArrowDown')
  await expect(all.first()).toBeFocused()
  await popup.keyboard.press('ArrowDown')
  await expect(all.nth(1)).toBeFocused()
  await popup.keyboard.press('ArrowUp')
  await popup.keyboard.press('ArrowUp')
  await expect(all.first()).toBeFocused()
  await popup.keyboard.press('End')
  await expect(all.last()).toBeFocused()
  await popup.keyboard.press('Enter')
  await expect(popup.getByRole('heading', { name: /^Jane .*Doe$/ })).toBeVisible()
})

test('the browser knows the keyword, and the shortcut that opens Carekey', async ({ carekey }) => {
  const [worker] = carekey.context.serviceWorkers()
  const [command] = (await worker?.evaluate(() => chrome.commands.getAll())) ?? []
  expect(command?.name).toBe('_execute_action')
  expect(command?.shortcut).toBe('Alt+Shift+K')
  expect(await worker?.evaluate(() => chrome.runtime.getManifest().omnibox?.keyword)).toBe('chart')
  expect(await worker?.evaluate(() => chrome.omnibox.onInputChanged.hasListeners())).toBe(true)
})

test('M9 John has nobody to search for', async ({ carekey, organizations: { riverside } }) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByRole('navigation').getByRole('link')).toHaveText([
    'Summary',
    'Record',
    /^Who read it/,
  ])
  await expect(popup.getByRole('form', { name: 'Search Patients' })).toHaveCount(0)
})

test('M7, checklist E9 no result, no permission and no connection are three different sentences', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  const window = await openSignIn(carekey, popup, riverside)
  await fillPassword(window, 'john')
  // Allows everything but the vital signs.
  await window.getByRole('checkbox', { name: /vital/i }).uncheck()
  await allow(window, '1 hour')

  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  await expect(vitals.getByRole('status')).toHaveText(/not allow/i)
  const refusal = await vitals.getByRole('status').textContent()
  await inspect(popup, 'popup-not-allowed')

  const allergies = popup.getByRole('region', { name: 'Allergies', exact: true })
  await expect(allergies.getByRole('status')).toHaveText(/no .* on file/i)
  const nothing = await allergies.getByRole('status').textContent()

  await riverside.stop()
  try {
    await popup.reload()
    await expect(allergies.getByRole('status').first()).toHaveText(/cannot be reached/i, { timeout: 40_000 })
    const unreachable = await allergies.getByRole('status').first().textContent()
    expect(new Set([refusal, nothing, unreachable]).size).toBe(3)
    await inspect(popup, 'popup-unreachable')
  } finally {
    await riverside.start()
  }
  await allergies.getByRole('button', { name: /try again/i }).click()
  await expect(allergies.getByRole('status')).toHaveText(/no .* on file/i)

  await signOut(popup, riverside.name)
  const again = await openSignIn(carekey, popup, riverside)
  await fillPassword(again, 'john')
  const box = again.getByRole('checkbox', { name: /vital/i })
  await expect(box).not.toBeChecked()
  // Other tests share the organization, which remembers what John unticked.
  await box.check()
  await allow(again, '1 hour')
  await expect(vitals).toContainText(/mmHg/)
})
