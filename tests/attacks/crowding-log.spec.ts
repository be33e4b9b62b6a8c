import type { Page } from '@playwright/test'
import { addOrganization } from '../e2e/popup-frame.ts'
import { sayIsSamePerson } from '../e2e/sign-in.ts'
import { type MockProvider, startMockProvider } from '../fakes/mock-provider.ts'
import { configure, expect, isSignedIn, startSignIn, stored, test } from './extension.ts'

const AUDIT = '/fhir/AuditEvent'

/** Somebody reads Mara's record this many seconds before now. */
const event = (id: string, who: string, recorded: string) => ({
  resource: {
    resourceType: 'AuditEvent',
    id,
    recorded,
    outcome: '0',
    subtype: [{ code: 'search' }],
    agent: [{ who: { display: who }, requestor: true }],
    entity: [{ what: { reference: 'Patient/mara' }, role: { code: '1' } }],
  },
})

const logs = (mock: MockProvider, entry: object[], next?: string) =>
  mock.script(AUDIT, () => ({
    body: {
      resourceType: 'Bundle',
      type: 'searchset',
      entry,
      ...(next && { link: [{ relation: 'next', url: next }] }),
    },
  }))

/** Ids that the popup has reported to the worker as seen, by provider. */
const seenAt = async (page: Page): Promise<Record<string, string[]>> => {
  const { connections, knownLogs } = await stored(page, 'local')
  const reports = Object.entries(
    Object(knownLogs) as Record<string, { seen: { accesses: { id: string }[] } }>,
  )
  return Object.fromEntries(
    reports.map(([id, { seen }]) => [
      new URL(Object(connections)[id].fhirBase).origin,
      seen.accesses.map(({ id }) => id),
    ]),
  )
}

test('F71 an organization that lists thousands of entries, dates one in 2099 and never ends its list hides no entry of another', async ({
  popup,
  mock,
  carekey,
}) => {
  const loud = await startMockProvider()
  await configure(popup, loud, { name: 'Loud Clinic' })
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  await addOrganization(popup)
  await startSignIn(popup, { name: 'Loud Clinic' })
  const signedIn = async () => Object.keys(Object((await stored(popup, 'session')).sessions)).length
  await expect.poll(signedIn).toBe(2)
  await sayIsSamePerson(popup)
  await popup.close()

  const now = new Date().toISOString()
  logs(mock, [event('honest', 'Dr. Honest', now)])
  const many = Array.from({ length: 3000 }, (_, index) => event(`loud-${index}`, 'Dr. Loud', now))
  logs(loud, [event('future', 'Dr. Future', '2099-01-01T00:00:00Z'), ...many], '?page=2')

  const again = await carekey.popup()
  const region = again.getByRole('region', { name: 'Who read my record' })
  const rows = region.getByRole('listitem')
  await expect(rows).toHaveCount(9)
  await expect(rows.filter({ hasText: 'Dr. Honest' })).toHaveCount(1)
  await expect(rows.filter({ hasText: 'Dr. Future' })).toContainText(
    /Dated in the future: (1 Jan 2099|31 Dec 2098)/,
  )
  await expect(region.getByRole('heading', { name: 'New', exact: true })).toBeVisible()
  await expect(region.getByRole('button', { name: 'Show earlier at Loud Clinic' })).toBeVisible()
  await expect(region.getByText(/The list of Loud Clinic is longer than this/)).toBeVisible()

  // Showing the heading alone does not mark the entries below it as seen.
  const { nextLooks } = await stored(again, 'session')
  expect(Object.keys(Object(nextLooks))).toHaveLength(2)
  await region
    .getByRole('heading', { name: 'Who read my record' })
    .evaluate((heading) => heading.scrollIntoView({ block: 'end', behavior: 'instant' }))
  await expect(region.getByRole('heading', { name: 'Who read my record' })).toBeInViewport()
  await expect(rows.filter({ hasText: 'Dr. Honest' })).not.toBeInViewport()
  expect((await seenAt(again))[mock.origin] ?? []).toEqual([])

  await rows.filter({ hasText: 'Dr. Honest' }).scrollIntoViewIfNeeded()
  await expect.poll(async () => (await seenAt(again))[mock.origin]).toEqual(['honest'])
  // An entry that was not on screen was not seen, and still counts.
  const { knownLogs, connections } = await stored(again, 'local')
  const known = Object.entries(Object(knownLogs) as Record<string, { fresh: object[]; moreSince?: number }>)
  const counted = known.filter(([, { fresh }]) => fresh.length > 0)
  expect(counted.map(([id]) => new URL(Object(connections)[id].fhirBase).origin)).toEqual([loud.origin])
  expect(counted[0]?.[1].moreSince).toEqual(expect.any(Number))
  expect(await again.evaluate(() => chrome.action.getBadgeText({}))).toMatch(/^\d+\+$/)
  await loud.close()
})

/** A log of two pages. The second is requested as soon as the first has been judged, and waits for `secondPage`. */
const longLog = (mock: MockProvider) => {
  const now = new Date().toISOString()
  const secondPage = Promise.withResolvers<void>()
  const firstPage = [event('first', 'Dr. First', now)]
  mock.script(AUDIT, async ({ query }) => {
    const isSecond = query.has('page')
    if (isSecond) await secondPage.promise
    const entry = isSecond ? [event('earlier', 'Dr. Earlier', '2026-01-01T00:00:00Z')] : [...firstPage]
    const link = isSecond ? [] : [{ relation: 'next', url: '?page=2' }]
    return { body: { resourceType: 'Bundle', type: 'searchset', entry, link } }
  })
  return {
    add: () => firstPage.unshift(event('later', 'Dr. Later', new Date().toISOString())),
    secondPage,
    secondRequests: () => mock.requestsTo(AUDIT).filter(({ query }) => query.has('page')).length,
  }
}

test('F71 a list can be read again while its earlier entries are awaited', async ({ popup, mock }) => {
  const log = longLog(mock)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const region = popup.getByRole('region', { name: 'Who read my record' })
  await expect(region).toContainText('Dr. First')
  await expect.poll(log.secondRequests).toBe(1)
  log.add()
  await region.getByRole('button', { name: 'Refresh' }).click()
  await expect(region).toContainText('Dr. Later')
  log.secondPage.resolve()
  await expect(region).toContainText('Dr. Earlier')
  await expect(region).toContainText('Dr. Later')
})

test('F71 reading on by itself takes nothing from a person who has the list read again just before', async ({
  popup,
  mock,
}) => {
  const log = longLog(mock)
  log.secondPage.resolve()
  const verdict = await holdVerdicts(popup)
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const region = popup.getByRole('region', { name: 'Who read my record' })
  await expect(region).toContainText('Dr. First')
  log.add()
  await verdict.letThroughAndClick('Refresh')
  await expect(region).toContainText('Dr. Later')
  await expect(region).toContainText('Dr. Earlier')
})

/** Holds back the verdicts on the log's pages. */
const holdVerdicts = async (popup: Page) => {
  await popup.evaluate(() => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const send = chrome.runtime.sendMessage.bind(chrome.runtime) as (...all: unknown[]) => void
    const held = (message: { name: string }, ...rest: unknown[]) => {
      const callback = rest.pop()
      const answer = new Promise((answered) => send(message, ...rest, answered))
      const isVerdict = message.name === 'access-log-verdict'
      const shown = isVerdict ? promise.then(() => answer) : answer
      if (typeof callback === 'function') void shown.then((value) => callback(value))
      return shown
    }
    Object.assign(chrome.runtime, { sendMessage: held })
    Object.assign(globalThis, { letVerdictsThrough: resolve })
  })
  return {
    /** Clicks after the list has been drawn with the verdict, and before anything that waits for that drawing. */
    letThroughAndClick: (name: string) =>
      popup.evaluate((words) => {
        const button = [...document.querySelectorAll('button')].find(
          ({ textContent }) => textContent === words,
        )
        Object(globalThis).letVerdictsThrough()
        setTimeout(() => button?.click())
      }, name),
  }
}
