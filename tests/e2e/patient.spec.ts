import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { addOrganization, openOrganization, openOrganizations, signOut } from './popup-frame.ts'
import { newest, readAs } from './record.ts'
import { allow, fillPassword, openSignIn, sayIsSamePerson, signIn, signInAtBoth } from './sign-in.ts'
import { storedText } from './stored.ts'

test('M1 the first popup offers every organization', async ({ carekey, organizations }) => {
  const popup = await carekey.popup()
  for (const { name } of Object.values(organizations)) {
    await expect(popup.getByRole('button', { name: `Sign in with ${name}` })).toBeVisible()
  }
  await inspect(popup, 'popup-first')
})

test('M4 John signs in and sees his newest blood pressure and weight, and a table', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  const window = await openSignIn(carekey, popup, riverside)
  await inspect(window, 'login')

  await fillPassword(window, 'john', 'wrong')
  await expect(window.getByRole('alert')).toBeVisible()
  await inspect(window, 'login-wrong-password')

  await fillPassword(window, 'john')
  await expect(window.getByRole('button', { name: 'Allow' })).toBeVisible()
  await expect(window.getByRole('button', { name: 'Deny' })).toBeVisible()
  expect(await window.getByRole('checkbox').count()).toBeGreaterThan(0)
  await inspect(window, 'consent')
  await allow(window, '1 hour')

  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  const reader = await readAs(riverside, 'john', 'openid fhirUser launch/patient patient/*.rs')
  const pressure = await newest(reader, 'Observation?code=http://loinc.org|85354-9')
  const [systolic, diastolic] = pressure.component.map((it: typeof pressure) => it.valueQuantity.value)
  await expect(vitals.getByText(`${systolic}/${diastolic}`).first()).toBeVisible()
  await expect(vitals).toContainText('mmHg')
  const weight = await newest(reader, 'Observation?code=http://loinc.org|29463-7')
  await expect(vitals.getByText(String(weight.valueQuantity.value)).first()).toBeVisible()
  await expect(vitals).toContainText('kg')
  await expect(vitals.locator(`time[datetime="${weight.effectiveDateTime}"]`).first()).toBeVisible()
  await inspect(popup, 'popup-vital-signs')

  // The first number is the first thing to see: at most 60 pixels below the beginning of the section.
  const top = async (locator: Locator) => (await locator.boundingBox()) ?? { y: Number.NaN, height: 0 }
  const number = await top(vitals.locator('.value').first())
  expect(number.y + number.height - (await top(vitals)).y).toBeLessThanOrEqual(60)
  const rows = await Promise.all((await vitals.locator('.vital').all()).map(top))
  for (const { height } of rows) expect(height).toBeLessThanOrEqual(90)

  for (const name of ['Blood pressure', 'Weight']) {
    await vitals.getByRole('button', { name: new RegExp(`^${name} [\\d./]+ `) }).press('Enter')
    await expect(popup.getByRole('heading', { name, level: 1 })).toBeFocused()
    await expect(vitals.getByRole('img', { name })).toBeVisible()
    expect(await vitals.getByRole('table', { name }).getByRole('row').count()).toBeGreaterThan(3)
    await inspect(popup, `popup-${name.toLowerCase().replace(' ', '-')}`)
    await popup.getByRole('button', { name: 'Back' }).press('Enter')
  }
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeFocused()
})

/** Opens the detail of a kind, from the summary or from another kind's. */
const openKind = async (popup: Page, name: string): Promise<void> => {
  const back = popup.getByRole('button', { name: 'Back' })
  if (await back.isVisible()) await back.click()
  await popup
    .getByRole('region', { name: 'Vital signs' })
    .getByRole('button', { name: new RegExp(`^${name}`) })
    .click()
}

test("John's readings from both organizations form one timeline", async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signInAtBoth(carekey, popup, [riverside, pulse], 'john')
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  const row = (name: string) => vitals.getByRole('button', { name: new RegExp(`^${name}`) })
  await expect(row('Weight')).toHaveAccessibleName(/Pulse Devices/)
  await expect(row('Oxygen saturation')).toHaveCount(0)
  await inspect(popup, 'popup-same-person')
  await sayIsSamePerson(popup)
  const both = 'Riverside Clinic and Pulse Devices'
  const height = async (name: string) => (await vitals.getByRole('img', { name }).boundingBox())?.height ?? 0
  await openKind(popup, 'Weight')
  await expect(vitals.getByRole('img')).toHaveAccessibleName(new RegExp(both))
  // A picture of each organization that has enough readings of the kind.
  await expect(vitals.getByRole('img', { name: 'Weight' }).locator('canvas')).toHaveCount(2)
  const heightOfWeight = await height('Weight')
  await openKind(popup, 'Blood pressure')
  await expect(vitals.getByRole('img')).toHaveAccessibleName(new RegExp(both))
  await expect(vitals.locator('canvas')).toHaveCount(2)
  // Two lines that must stay apart need more height than one.
  expect(await height('Blood pressure')).toBeGreaterThan(1.3 * heightOfWeight)

  // With the keyboard only: the span, the newest point, and the one before it.
  await vitals.getByRole('radio', { name: '12 months' }).focus()
  await popup.keyboard.press('ArrowRight')
  await expect(vitals.getByRole('radio', { name: 'All' })).toBeChecked()
  await popup.keyboard.press('Tab')
  await expect(vitals.getByRole('img', { name: 'Blood pressure' })).toBeFocused()
  const status = vitals.locator('[aria-live]').first()
  await expect(status).toHaveText(/\d+\/\d+ mmHg · (Riverside Clinic|Pulse Devices)/)
  const newestRead = (await status.textContent()) ?? ''
  await popup.keyboard.press('ArrowLeft')
  await expect(status).not.toHaveText(newestRead)
  // When the chart is redrawn while it has the focus, the keyboard still moves through it.
  for (const span of ['3 months', 'All'])
    await vitals.getByRole('radio', { name: span }).evaluate((radio: HTMLInputElement) => radio.click())
  await expect(status).toHaveText(newestRead)
  await expect(vitals.getByRole('table', { name: 'Blood pressure' })).toBeVisible()
  await inspect(popup, 'popup-timeline')

  // A reading that both hold is one row, under both names.
  await openKind(popup, 'Weight')
  const weights = vitals.getByRole('table', { name: 'Weight' })
  const more = vitals.getByRole('button', { name: 'Show more: Weight' })
  while (await more.isVisible()) await more.click()
  const moments = await weights
    .locator('time')
    .evaluateAll((times) => times.map((time) => time.getAttribute('datetime')?.slice(0, 16)))
  expect(new Set(moments).size).toBe(moments.length)
  await expect(
    weights.getByRole('row').filter({ hasText: /Riverside Clinic.*Pulse Devices/ }),
  ).not.toHaveCount(0)

  // After signing out of one, the other stays, and opens when the person chooses it.
  await signOut(popup, pulse.name)
  await expect(vitals).toHaveCount(0)
  await expect(popup.getByText('Still signed in: John Doe (Riverside Clinic).')).toBeVisible()
  await popup.getByRole('button', { name: 'Open John Doe' }).click()
  await expect(vitals).not.toContainText('Pulse Devices')
  await expect(row('Weight')).toHaveAccessibleName(/Riverside Clinic/)
})

test('each organization that cannot be reached is a line above the vital signs', async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signInAtBoth(carekey, popup, [riverside, pulse], 'john')
  await sayIsSamePerson(popup)
  const vitals = popup.getByRole('region', { name: 'Vital signs' })
  await expect(vitals.getByRole('button', { name: /^Weight/ })).toBeVisible()
  await Promise.all([riverside.stop(), pulse.stop()])
  try {
    await popup.reload()
    const notices = vitals.getByRole('status')
    for (const { name } of [riverside, pulse]) {
      await expect(notices.getByText(`${name} cannot be reached.`)).toBeVisible()
      await expect(notices.getByRole('button', { name: `Try again: ${name}` })).toBeVisible()
    }
  } finally {
    await Promise.all([riverside.start(), pulse.start()])
  }
})

test('John is signed in at both organizations at once', async ({ carekey, organizations }) => {
  const { riverside, pulse } = organizations
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await addOrganization(popup)
  await signIn(carekey, popup, pulse, 'john')
  await sayIsSamePerson(popup)

  const both = popup.getByRole('button', { name: /^Organizations: 2, \d+ min left$/ })
  await expect(both).toBeVisible()
  const weight = popup.getByRole('region', { name: 'Vital signs' }).getByRole('button', { name: /^Weight/ })
  await expect(weight).toHaveAccessibleName(/Pulse Devices/)
  await inspect(popup, 'popup-both')
  const sheet = await openOrganizations(popup)
  for (const { name } of [riverside, pulse])
    await expect(sheet.getByRole('button', { name })).toContainText('Vital signs and')
  await inspect(popup, 'popup-organizations')
  await popup.keyboard.press('Escape')
  await expect(both).toBeFocused()

  // The page of one of them stays open over a reload, and leads back to the record.
  await openOrganization(popup, pulse.name)
  await expect(popup.getByRole('heading', { name: pulse.name })).toBeFocused()
  await expect(popup.getByText('Signed in as John Doe.')).toBeVisible()
  await expect(async () => expect(await storedText(popup, 'session')).toContain('"managed":')).toPass()
  await popup.reload()
  await expect(popup.getByRole('button', { name: 'Sign out' })).toBeVisible()
  await popup.getByRole('button', { name: 'Back' }).click()

  // The list of organizations leads back to the connection that was open, also after the popup was closed.
  await addOrganization(popup)
  await expect(popup.getByRole('button', { name: 'Open John Doe' })).toHaveCount(2)
  await inspect(popup, 'popup-home-signed-in')
  await expect(async () => expect(await storedText(popup, 'session')).toContain('"home":true')).toPass()
  await popup.reload()
  await popup.getByRole('button', { name: 'Back' }).click()
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
})

test('checklist E15 a person who denies is told so, and nobody is signed in', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  // As with many organizations: the button lies far below the place of the notice.
  await popup.locator('.providers').evaluate((list: HTMLElement) => {
    list.style.zoom = '2'
  })
  const window = await openSignIn(carekey, popup, riverside)
  const main = popup.locator('main')
  await main.evaluate((it) => it.scrollTo({ top: it.scrollHeight }))
  expect(await main.evaluate((it) => it.scrollTop)).toBeGreaterThan(100)
  await fillPassword(window, 'john')
  await window.getByRole('button', { name: 'Deny' }).click()
  await expect(popup.getByRole('status').filter({ hasText: /not allow|denied|did not/i })).toBeInViewport()
  await popup.setViewportSize({ width: 400, height: 600 })
  await expect(popup.getByRole('button', { name: `Sign in with ${riverside.name}` })).toBeEnabled()
  await inspect(popup, 'popup-denied')
})

test('checklist E15 a person who closes the sign-in window is told so', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  const window = await openSignIn(carekey, popup, riverside)
  await window.close()
  await expect(popup.getByRole('status').filter({ hasText: /closed/i })).toBeVisible()
})
