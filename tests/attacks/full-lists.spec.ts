import type { Page } from '@playwright/test'
import { addOrganization } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { startMockProvider } from '../fakes/mock-provider.ts'
import type { Recorded } from '../fakes/recording-server.ts'
import { configure, expect, isSignedIn, startSignIn, test } from './extension.ts'

const FULL = 500
const LISTS = 9
/** More than a list draws at once. */
const HONEST = 60
/** Elements that one task may draw. */
const MOST_AT_ONCE = 2_000

/** Comes after the other half of its list is drawn. */
const LATE = 'MedicationStatement'

const notes = Array.from({ length: 30 }, (_, index) => ({ text: `Note ${index}` }))

const resources = (resourceType: string, count: number, more: object) =>
  Array.from({ length: count }, (_, index) => ({
    resource: {
      ...{ resourceType, id: `${resourceType}-${index}`, status: 'final' },
      ...{ subject: { reference: 'Patient/mara' }, patient: { reference: 'Patient/mara' } },
      ...more,
    },
  }))

const searchset = (entry: object[]) => ({ body: { resourceType: 'Bundle', type: 'searchset', entry } })

/** Every list is full, and each entry has 30 notes: 165,000 elements on the page. */
const fullLists = (request: Recorded) => {
  const type = request.path.split('/').at(-1) ?? ''
  // Sorted before what is drawn already, so every row changes.
  const name = { text: type === LATE ? 'Anything' : 'Everything' }
  const more = { note: notes, code: name, vaccineCode: name, medicationCodeableConcept: name, type: [name] }
  return searchset(resources(type, FULL, more))
}

interface Seen {
  /** Elements that one task added. */
  most: number
  rowsOfLong: number
  rowsOfShort: number
  /** Rows of the long lists when the short one was complete. */
  rowsAtThatTime: number
}

const watch = (page: Page, names: { long: string; short: string }) =>
  page.addInitScript(
    ({ long, short, count }) => {
      const seen: Seen = { most: 0, rowsOfLong: 0, rowsOfShort: 0, rowsAtThatTime: Number.NaN }
      Object.assign(globalThis, { seen })
      const rowsAt = (name: string, tables: string) =>
        [...document.querySelectorAll('section')]
          .filter((section) => section.querySelector('h2')?.textContent?.includes(name))
          .reduce((sum, section) => sum + section.querySelectorAll(`${tables} tr`).length, 0)
      new MutationObserver((changes) => {
        const added = changes
          .flatMap(({ addedNodes }) => [...addedNodes])
          .filter((node) => node instanceof Element)
        const elements = added.reduce((sum, each) => sum + 1 + each.querySelectorAll('*').length, 0)
        seen.most = Math.max(seen.most, elements)
        seen.rowsOfLong = rowsAt(long, 'table')
        if (seen.rowsOfShort < count) {
          seen.rowsOfShort = rowsAt(short, 'table[aria-label="Conditions"]')
          seen.rowsAtThatTime = seen.rowsOfLong
        }
      }).observe(document, { childList: true, subtree: true })
    },
    { ...names, count: HONEST },
  )

const seenOn = (page: Page): Promise<Seen> => page.evaluate(() => Object(globalThis).seen)

test('J60 full lists of one organization are drawn in pieces, and another’s entries do not wait for them', async ({
  popup,
  mock,
  carekey,
}) => {
  test.setTimeout(180_000)
  const isHalf = Promise.withResolvers<void>()
  const large = await startMockProvider({
    name: 'Large Clinic',
    otherwise: async (request, usual) => {
      if (!/^\/fhir\/[A-Z]\w+$/.test(request.path) || request.query.get('category') === 'vital-signs')
        return usual()
      if (request.path.endsWith(LATE)) await isHalf.promise
      return fullLists(request)
    },
  })
  await configure(popup, large)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await addOrganization(popup)
  await startSignIn(popup, large)
  await sayIsSamePerson(popup)

  const begun = Promise.withResolvers<void>()
  mock.script('/fhir/Condition', async () => {
    await begun.promise
    return searchset(resources('Condition', HONEST, { code: { text: 'Hay fever' } }))
  })
  const summary = await carekey.context.newPage()
  await watch(summary, { long: large.name, short: mock.name })
  await summary.goto(popup.url().replace('popup', 'summary'))
  await summary.waitForFunction(() => Object(globalThis).seen.rowsOfLong > 0)
  begun.resolve()
  await summary.waitForFunction((count) => Object(globalThis).seen.rowsOfShort === count, HONEST)
  await summary.waitForFunction(
    () => document.querySelectorAll('table[aria-label="Medications"] tr').length >= 100,
  )
  isHalf.resolve()
  await expect
    .poll(() => summary.evaluate(() => document.querySelectorAll('*').length), { timeout: 90_000 })
    .toBeGreaterThan(LISTS * FULL * 33)
  const { most, rowsAtThatTime } = await seenOn(summary)
  expect(most).toBeLessThan(MOST_AT_ONCE)
  expect(rowsAtThatTime).toBeLessThan(LISTS * FULL)
  await large.close()
})

test('J60 a list that is still being drawn is printed whole', async ({ popup, mock, carekey }) => {
  mock.script('/fhir/Condition', () =>
    searchset(resources('Condition', HONEST, { code: { text: 'Hay fever' } })),
  )
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const summary = await carekey.context.newPage()
  // No frame ever comes, so only what printing draws is added.
  await summary.addInitScript(() => Object.assign(globalThis, { requestAnimationFrame: () => 0 }))
  await summary.goto(popup.url().replace('popup', 'summary'))
  const rows = summary.locator('table[aria-label="Conditions"] tr')
  await expect(rows).toHaveCount(20)
  await summary.pdf()
  await expect(rows).toHaveCount(HONEST)
})
