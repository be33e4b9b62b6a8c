import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'
import { inspect, pictures } from './inspect.ts'
import { layoutFaults } from './pages-preview/layout-faults.ts'
import { chooseFromMenu, signOut } from './popup-frame.ts'
import { logSince } from './record.ts'
import { sayIsSamePerson, signIn, signInAtBoth } from './sign-in.ts'

const downloaded = async (page: Page, button: string): Promise<string> => {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button }).click(),
  ])
  return readFileSync(await file.path(), 'utf8')
}

test('John prints his record, and downloads it as a FHIR Bundle and as a table', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  const newPage = carekey.context.waitForEvent('page')
  await chooseFromMenu(popup, 'Print or export…')
  const page = await newPage
  const at = page.getByRole('region', { name: riverside.name })
  await expect(page.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await expect(at).toContainText(/\d+\/\d+ mmHg/)
  expect(page.url()).toBe(`chrome-extension://${carekey.id}/extension/summary/index.html`)
  await expect(at.getByRole('table', { name: 'Conditions' })).toContainText('High blood pressure')
  await expect(at.getByRole('table', { name: 'Medications' })).toContainText(
    /lisinopril.*active.*How to take it: One tablet by mouth every morning/,
  )
  await expect(at.getByRole('table', { name: 'Results' })).toContainText(/\d+ mg\/dL, high/)
  await inspect(page, 'summary')

  const bundle = JSON.parse(await downloaded(page, 'Download the record (FHIR)'))
  expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'collection' })
  const types = new Set(
    bundle.entry.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType),
  )
  for (const type of ['Patient', 'Observation', 'Provenance']) expect(types).toContain(type)
  await expect(page.getByText(/The file holds \d+ resources/)).toBeVisible()

  const csv = await downloaded(page, 'Download vital signs (CSV)')
  expect(csv).toContain('"systolic (mmHg)"')
  expect(csv.split('\r\n').length).toBeGreaterThan(20)

  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('button', { name: 'Print', exact: true })).toBeHidden()
  await expect(at).toBeVisible()
  await page.screenshot({ path: 'artifacts/pictures/summary-print.png', fullPage: true })
})

test('the summary has two columns from 720 px, and one below and on paper', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  const page = await carekey.summary()
  const at = page.getByRole('region', { name: riverside.name })
  const vitals = at.getByRole('table', { name: 'Vital signs' })
  const conditions = at.getByRole('table', { name: 'Conditions' })
  for (const table of [vitals, conditions]) await expect(table).toBeVisible()
  const boxes = async () => {
    const [section, left, right] = await Promise.all(
      [at, vitals, conditions].map((each) => each.boundingBox()),
    )
    if (!section || !left || !right) throw new Error('not laid out')
    return { section, left, right }
  }
  const isBeside = async () => {
    const { left, right } = await boxes()
    return right.x >= left.x + left.width
  }
  for (const width of [720, 1000, 1600]) {
    await page.setViewportSize({ width, height: 800 })
    expect(await isBeside(), `${width} px`).toBe(true)
    const { section, left, right } = await boxes()
    expect(right.width).toBe(380)
    expect(section.width).toBeLessThanOrEqual(1100)
    expect(left.width).toBe(section.width - 412)
    await expect(vitals.locator('.small-line').first()).toBeVisible()
    expect(await layoutFaults(page), `${width} px`).toEqual([])
    await page.screenshot({ path: `${pictures}/summary-${width}.png` })
  }
  await page.setViewportSize({ width: 719, height: 800 })
  expect(await isBeside()).toBe(false)
  await expect(vitals.locator('.small-line').first()).toBeHidden()
  await page.setViewportSize({ width: 1000, height: 800 })
  await page.emulateMedia({ media: 'print' })
  expect(await isBeside(), 'on paper').toBe(false)
  const { left, right } = await boxes()
  expect(right.y, 'what a doctor asks for first').toBeLessThan(left.y)
})

test('an organization that cannot be reached is named once, above all that was read elsewhere', async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signInAtBoth(carekey, popup, [riverside, pulse], 'john', 'This visit')
  await sayIsSamePerson(popup)
  await pulse.stop()
  const page = await carekey.context.newPage()
  try {
    await page.goto(`chrome-extension://${carekey.id}/extension/summary/index.html`)
    await expect(page.getByRole('region', { name: riverside.name })).toContainText(/mmHg/)
    const notices = page.getByText(`${pulse.name} cannot be reached`)
    await expect(notices).toHaveCount(1, { timeout: 40_000 })
    await expect(page.getByRole('region', { name: pulse.name }), 'no bare heading').toHaveCount(0)
    await inspect(page, 'summary-away')
  } finally {
    await pulse.start()
  }
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('region', { name: pulse.name })).toContainText(/kg/)
  await expect(page.getByText(/cannot be reached/)).toHaveCount(0)
})

test('of an organization that cannot be reached, each part says when it was read, or that it was not', async ({
  carekey,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  // So low that no list of the record comes into view: the page reads those that it names at its top.
  await popup.setViewportSize({ width: 400, height: 240 })
  await signIn(carekey, popup, riverside, 'john', '1 day')
  await expect(popup.getByRole('link', { name: /^Conditions .*High blood pressure/ })).toBeAttached()
  await popup.close()
  await riverside.stop()
  try {
    const page = await carekey.summary()
    const at = page.getByRole('region', { name: riverside.name })
    await expect(page.getByText(/cannot be reached/)).toHaveCount(1, { timeout: 40_000 })
    await expect(at.getByRole('table', { name: 'Conditions' })).toContainText('High blood pressure')
    await expect(at.getByText('Missing: visits.')).toBeVisible()
    await inspect(page, 'summary-copies')
    await page.emulateMedia({ media: 'print' })
    for (const part of await at.locator('.list').all())
      await expect(part).toContainText(/Read \d+ \w+ \d{4}, \d\d:\d\d\.|Missing: .+\./)
    await page.screenshot({ path: `${pictures}/summary-copies-print.png`, fullPage: true })
  } finally {
    await riverside.start()
  }
})

test("John's summary stays his after he signs out and Jane signs in, and reads nothing of hers", async ({
  carekey,
  organizations: { riverside, pulse },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  const page = await carekey.context.newPage()
  await page.goto(`chrome-extension://${carekey.id}/extension/summary/index.html`)
  await expect(page.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  await signOut(popup, riverside.name)
  const ended = page.getByText('John Doe is signed out. Open the summary again from the toolbar.')
  await expect(ended).toBeVisible()
  await popup.close()

  const began = new Date()
  const next = await carekey.popup()
  // So low that no list of the record comes into view.
  await next.setViewportSize({ width: 400, height: 240 })
  await signIn(carekey, next, pulse, 'jane')
  await expect(next.getByRole('heading', { name: 'Jane Doe' })).toBeVisible()
  await expect(page.getByText('Jane Doe')).toHaveCount(0)
  await page.reload()
  await expect(ended).toBeVisible()
  await expect(page.getByText('Jane Doe')).toHaveCount(0)
  await inspect(page, 'summary-ended')

  const log = await logSince(pulse, 'jane', began)
  expect(log).toContain('Observation?')
  // The consent page counts them, with `_summary=count`.
  for (const type of ['Immunization', 'DiagnosticReport', 'Encounter'])
    expect(log).not.toMatch(new RegExp(`${type}\\?(?!patient=[^&]*&_summary=count)`))

  const summary = await carekey.context.newPage()
  await summary.goto(`chrome-extension://${carekey.id}/extension/summary/index.html`)
  await expect(summary.getByRole('heading', { name: 'Jane Doe' })).toBeVisible()
  await expect(ended).toBeVisible()
})
