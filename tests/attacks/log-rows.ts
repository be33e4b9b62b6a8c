import { randomBytes, randomUUID } from 'node:crypto'
import type { Page } from '@playwright/test'
import { ADDRESSES, type MockProvider } from '../fakes/mock-provider.ts'
import { createReferenceLog, type Event, inOrder, type ReferenceLog } from '../fixtures/reference-log.ts'
import { alter } from './extension.ts'

/** What the rows about access logs need of a browser, so that they run in each of them. */
export interface LogBrowser {
  /** Opens the popup, where Mara is signed in, at "Who read my record". */
  open(): Promise<LogPopup>
}

export interface LogPopup {
  /** Runs in the page. */
  readonly page: Page
  /** Waits until the page's text matches. */
  says(pattern: RegExp): Promise<void>
  press(button: string): Promise<void>
  close(): Promise<void>
}

interface LogRow {
  browser: LogBrowser
  mock: MockProvider
  log: MaraLog
}

const PAGE = 50

/** Mara's access log at the mock organization: a reference log, listed by date in pages. */
export interface MaraLog {
  readonly log: ReferenceLog
  /** Somebody reads her record, or Mara signs in or reads through Carekey, this many minutes from now. */
  add(who: 'Dr. Lee' | 'Mara Mock', minutes: number, kind?: string): void
}

export const serveLog = (mock: MockProvider): MaraLog => {
  const log = createReferenceLog(new URL(mock.origin).host)
  for (const path of ['/fhir/.well-known/smart-configuration', '/.well-known/openid-configuration'])
    alter(mock, path, () => ({ access_log_endpoint: `${mock.origin}/audit` }))
  for (const path of ['key', 'checkpoint', 'proof/inclusion', 'proof/consistency'])
    mock.script(`/audit/${path}`, async ({ query }) => {
      const answer = await log.fetch(new URL(`${mock.origin}/audit/${path}?${query}`))
      return { status: answer.status, body: await answer.text() }
    })
  mock.script('/fhir/AuditEvent', ({ query }) => {
    const start = Number(query.get('start'))
    const events = log.entries.map(({ event }) => event).toReversed()
    events.sort((a, b) => (a.recorded < b.recorded ? 1 : -1))
    return {
      body: page(
        mock,
        events.slice(start, start + PAGE),
        start + PAGE < events.length && `start=${start + PAGE}`,
      ),
    }
  })
  const add: MaraLog['add'] = (who, minutes, kind = 'search') => {
    const isMara = who === 'Mara Mock'
    const person = { who: { display: who, ...(isMara && { reference: 'Patient/mara' }) }, requestor: true }
    log.entries.push({
      event: {
        resourceType: 'AuditEvent',
        id: randomUUID(),
        recorded: new Date(Date.now() + minutes * 60_000).toISOString(),
        outcome: '0',
        subtype: [{ system: 'urn:carekey:access-kind', code: kind }],
        agent: isMara ? [CAREKEY, person] : [person],
        entity: [{ what: { reference: 'Patient/mara' }, role: { code: '1' } }],
      },
      salt: randomBytes(16),
      count: log.entries.length + 1,
    })
  }
  for (let old = 0; old < 12; old++) add('Mara Mock', old - 60)
  for (const kind of ['sign-in', 'consent', 'token']) add('Mara Mock', 0, kind)
  return { log, add }
}

const page = (mock: MockProvider, events: readonly Event[], next?: string | false) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: events.map((event) => ({ resource: inOrder(event) })),
  ...(next && { link: [{ relation: 'next', url: `${mock.origin}/fhir/AuditEvent?${next}` }] }),
})

const CAREKEY = {
  type: { coding: [{ code: '110153' }] },
  who: { identifier: { value: 'mock-client' }, display: 'Carekey' },
  requestor: false,
}

const toolbarOf = ({ page: inPage }: LogPopup) =>
  inPage.evaluate(async () => `${await chrome.action.getBadgeText({})}: ${await chrome.action.getTitle({})}`)

/** Waits until the toolbar shows this. */
const toolbarSays = async (popup: LogPopup, pattern: RegExp): Promise<void> => {
  for (let tries = 0; ; tries++) {
    const text = await toolbarOf(popup)
    if (pattern.test(text)) return
    if (tries === 100) throw new Error(`The toolbar says ${text}.`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A look while nothing reads the list, as after six hours. */
const lookNow = ({ page: inPage }: LogPopup) =>
  inPage.evaluate(async () => {
    const { nextLooks } = await chrome.storage.session.get('nextLooks')
    const due = Object.fromEntries(Object.keys(Object(nextLooks)).map((id) => [id, Date.now() - 1]))
    await chrome.storage.session.set({ nextLooks: due })
    await chrome.alarms.create('look-at-logs', { when: Date.now() })
  })

/** As if the token had expired, so that the next read renews it. */
const endToken = ({ page: inPage }: LogPopup) =>
  inPage.evaluate(async () => {
    const { sessions } = await chrome.storage.session.get('sessions')
    for (const session of Object.values(Object(sessions)) as { access?: object }[]) delete session.access
    await chrome.storage.session.set({ sessions })
  })

/** Opens the list and waits until all of it was on screen and proven. */
const see = async (browser: LogBrowser): Promise<LogPopup> => {
  const popup = await browser.open()
  await popup.says(/Every entry is proven against the checkpoint/)
  await toolbarSays(popup, /^: Carekey$/)
  return popup
}

/** Answers as if one entry had no proof yet. */
const withoutProofOf =
  (idOf: () => string | undefined): ReferenceLog['bend'] =>
  (path, body) => {
    if (!path.endsWith('inclusion')) return undefined
    const { entries, ...rest } = JSON.parse(body)
    return JSON.stringify({ ...rest, entries: entries.filter(({ id }: Event) => id !== idOf()) })
  }

/** The rows, by the words of the list of attacks. */
export const LOG_ROWS: Record<string, (row: LogRow) => Promise<void>> = {
  'J50 an access by others is counted and marked until it was on screen, although own reads push it off the first page':
    async ({ browser, log }) => {
      const popup = await see(browser)
      log.add('Dr. Lee', 0.1)
      for (let read = 0; read < 120; read++) log.add('Mara Mock', 0.2 + read / 1000)
      await lookNow(popup)
      await toolbarSays(popup, /^1: Carekey\n1 new access to your record/)
      await popup.close()
      const again = await browser.open()
      await again.says(/1 new access by others[\s\S]*New[\s\S]*Dr\. Lee/)
      await toolbarSays(again, /^: Carekey$/)
    },
  'J51 an empty first page hides no known entry': async ({ browser, mock, log }) => {
    const popup = await see(browser)
    const events = log.log.entries.map(({ event }) => event).toReversed()
    mock.script('/fhir/AuditEvent', ({ query }) => ({
      body: query.has('more') ? page(mock, events.slice(5)) : page(mock, [], 'more=1'),
    }))
    await popup.close()
    const again = await browser.open()
    await again.says(/Do not rely on this log[\s\S]*are missing/)
    await toolbarSays(again, /^!\d*\+?: [\s\S]*failed its check/)
  },
  'J51 an entry that waits for its proof hides no proven one': async ({ browser, mock, log }) => {
    const popup = await see(browser)
    log.add('Dr. Lee', 0.01)
    const hidden = log.log.entries.at(-1)?.event
    log.add('Mara Mock', 0.02)
    mock.script('/fhir/AuditEvent', () => {
      log.log.size = log.log.entries.length
      log.add('Mara Mock', 0.03)
      const events = log.log.entries.map(({ event }) => event).toReversed()
      return {
        body: page(
          mock,
          events.filter((event) => event !== hidden),
        ),
      }
    })
    await lookNow(popup)
    await toolbarSays(popup, /^!\d*\+?: [\s\S]*failed its check/)
    await popup.close()
    const again = await browser.open()
    await again.says(/Do not rely on this log[\s\S]*are missing/)
  },
  'J51 another text under the id of an access does not stand in for it on the page above it': async ({
    browser,
    mock,
    log,
  }) => {
    const popup = await see(browser)
    log.add('Dr. Lee', 0.01)
    const own = log.log.entries.at(-2)?.event
    const events = log.log.entries.map(({ event }) => event).toReversed()
    const [access] = events
    if (!own || !access) throw new Error('The log is empty.')
    const forged = { ...own, id: access.id, recorded: access.recorded }
    mock.script('/fhir/AuditEvent', ({ query }) => {
      withholdsProof = query.has('more') ? undefined : access.id
      return { body: query.has('more') ? page(mock, events) : page(mock, [forged], 'more=1') }
    })
    let withholdsProof: string | undefined
    log.log.bend = withoutProofOf(() => withholdsProof)
    await lookNow(popup)
    await toolbarSays(popup, /^!\d*\+?: [\s\S]*failed its check/)
    await popup.close()
    const again = await browser.open()
    await again.says(/Do not rely on this log[\s\S]*New[\s\S]*Dr\. Lee/)
  },
  'J51 another text under the id of an access that was on screen makes it neither seen nor sound': async ({
    browser,
    mock,
    log,
  }) => {
    const popup = await see(browser)
    log.add('Dr. Lee', 0.01)
    const [access, ...events] = log.log.entries.map(({ event }) => event).toReversed()
    if (!access) throw new Error('The log is empty.')
    const forged = { ...access, agent: [{ who: { display: 'Dr. Jones' }, requestor: true }] }
    mock.script('/fhir/AuditEvent', () => ({ body: page(mock, [forged, ...events]) }))
    log.log.bend = withoutProofOf(() => access.id)
    await popup.close()
    const before = await browser.open()
    await before.says(/New[\s\S]*Dr\. Jones[\s\S]*The newest waits for the next checkpoint/)
    await toolbarSays(before, /^: Carekey$/)
    await before.close()
    log.log.bend = () => undefined
    mock.script('/fhir/AuditEvent', () => ({ body: page(mock, [access, ...events]) }))
    const again = await browser.open()
    await again.says(/Do not rely on this log[\s\S]*New[\s\S]*Dr\. Lee/)
    await toolbarSays(again, /^!\d*\+?: [\s\S]*failed its check/)
  },
  'J52 a grant that covers only a part of the log is no longer called complete, and that is said': async ({
    browser,
    mock,
  }) => {
    const popup = await see(browser)
    alter(mock, ADDRESSES.token, () => ({
      scope: 'openid patient/AuditEvent.rs?type=rest patient/Observation.rs',
    }))
    await endToken(popup)
    await popup.press('Refresh')
    await popup.says(/Carekey is allowed to read only a part of this log/)
    await popup.says(
      /Carekey is no longer allowed to read as much of the access log of Mock Clinic .* as before/,
    )
    await toolbarSays(popup, /^!\d*\+?: [\s\S]*is no longer allowed to read as much of the access log/)
  },
  'J52 an alarm stays although the grant then covers only a part of the log': async ({
    browser,
    mock,
    log,
  }) => {
    const hidden = log.log.entries.at(-2)?.event
    mock.script('/fhir/AuditEvent', () => {
      const events = log.log.entries.map(({ event }) => event).toReversed()
      return {
        body: page(
          mock,
          events.filter((event) => event !== hidden),
        ),
      }
    })
    const popup = await browser.open()
    await popup.says(/Do not rely on this log[\s\S]*are missing/)
    alter(mock, ADDRESSES.token, () => ({
      scope: 'openid patient/AuditEvent.rs?type=rest patient/Observation.rs',
    }))
    await endToken(popup)
    await popup.press('Refresh')
    await popup.says(/Carekey is allowed to read only a part of this log/)
    await toolbarSays(popup, /^!\d*\+?: [\s\S]*failed its check/)
  },
  'J53 an access that is dated before the last one that was seen is new': async ({ browser, log }) => {
    const popup = await see(browser)
    log.add('Dr. Lee', -0.8)
    await lookNow(popup)
    await toolbarSays(popup, /^1: Carekey\n1 new access to your record/)
  },
  'J54 a sign-in in another browser is “You elsewhere”, and new': async ({ browser, log }) => {
    const popup = await see(browser)
    for (const kind of ['sign-in', 'consent', 'token']) log.add('Mara Mock', 5, kind)
    await lookNow(popup)
    await toolbarSays(popup, /^3: Carekey\n3 new accesses/)
    await popup.close()
    const again = await browser.open()
    await again.says(/3 new sign-in entries in your name[\s\S]*New[\s\S]*You elsewhere · Sign-in/)
  },
  'J59 proofs that are withheld at three looks are an alarm': async ({ browser, mock }) => {
    const popup = await see(browser)
    mock.script('/audit/proof/inclusion', () => ({ status: 404, body: '' }))
    for (let look = 0; look < 2; look++) {
      await popup.press(look === 0 ? 'Refresh' : 'Check again')
      await popup.says(/This log could not be checked for changes/)
    }
    await popup.press('Check again')
    await popup.says(/Do not rely on this log[\s\S]*not at the last three looks/)
    await toolbarSays(popup, /^!\d*\+?: [\s\S]*failed its check/)
  },
}
