import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { hastenHashes } from '../../fixtures/hastened-hashes.ts'
import {
  accessBy,
  type LoggingOrganization,
  listing,
  startLoggingOrganization,
} from '../../fixtures/logging-organization.ts'
import type { Event } from '../../fixtures/reference-log.ts'
import type { Script } from '../../fixtures/scripted-organization.ts'
import {
  clearBrowser,
  lookNow as lookAtLogs,
  readLog,
  readOn,
  type Worker,
  wereOnScreen,
} from '../../fixtures/worker.ts'

hastenHashes()

let logging: LoggingOrganization
let worker: Worker
let connectionId: string

beforeAll(async () => {
  logging = await startLoggingOrganization()
})
afterAll(() => logging.organization.close())
afterEach(() => vi.useRealTimers())
beforeEach(async () => {
  await clearBrowser()
  logging.begin()
  logging.pageSize = 50
})

const signIn = async (script: Script = logging.withLog()) => {
  ;({ worker, connectionId } = await logging.signIn(script, worker))
}

const add: LoggingOrganization['add'] = (...access) => logging.add(...access)
/** Entries of the next minutes, in the order of their dates. */
const addMany = (who: 'Dr. Lee' | 'John Doe', many: number, minutes = 1): string[] =>
  Array.from({ length: many }, (_, at) => add(who, 0.1 + (at / many) * minutes))

const lookNow = () => lookAtLogs(worker)
const connection = async () => (await worker.state()).connections[0]
const counted = async () => (await connection())?.newAccesses
const readAll = () => readOn(worker, connectionId)
/** The pages after these, if the person goes on each time that reading ends. */
const goOn = async (pages: Awaited<ReturnType<typeof readAll>>) => {
  const more = [...pages]
  for (let last = more.at(-1); !last?.isRead && last?.next !== undefined; last = more.at(-1))
    more.push(await readLog(worker, { connectionId, next: last.next }))
  return more
}
const newIn = (pages: Awaited<ReturnType<typeof readAll>>) => pages.flatMap(({ newIds }) => newIds ?? [])
const verdictOf = (pages: Awaited<ReturnType<typeof readAll>>) =>
  pages.find(({ proof }) => proof.outcome === 'alarm')?.proof ?? pages.at(-1)?.proof

/** As if the person had looked at everything. */
const seeAll = async () => wereOnScreen(worker, connectionId, await readAll())

describe.each([
  ['whose log is proven', [60, 500, 5000], {}],
  ['that offers no proofs', [60, 5000], { configuration: {} }],
  [
    'that shows a part of its log',
    [60, 500],
    { tokens: { scope: 'openid patient/AuditEvent.rs?type=rest' } },
  ],
] as const)('J50 at an organization %s, an access by others', (_which, counts, script) => {
  it.each(counts)(
    'is counted and marked until it was on screen, although %i own reads push it off the first page',
    { timeout: 300_000 },
    async (many) => {
      // However long it takes, reading ends by the number of pages and entries alone.
      vi.useFakeTimers({ toFake: ['Date'] })
      await signIn(logging.withLog(script))
      await seeAll()
      const byLee = add('Dr. Lee', 0.05)
      // Over more than a minute, because a list is read down to a minute before its newest entry in any case.
      addMany('John Doe', many, 5)
      await lookNow()
      expect(await counted()).toEqual({ count: 1, more: false })
      const pages = await readAll()
      expect(newIn(pages)).toEqual([byLee])
      await wereOnScreen(worker, connectionId, pages.slice(0, 1))
      expect(await counted(), 'only the first page was on screen').toEqual({ count: 1, more: false })
      await wereOnScreen(worker, connectionId, pages)
      expect(await counted()).toBeUndefined()
      await lookNow()
      expect(await counted()).toBeUndefined()
      expect(newIn(await readAll())).toEqual([])
    },
  )
})

describe('J51 no known entry disappears without a word, if an organization', () => {
  const attacks: Record<string, (page: number, honest: Event[]) => Event[] | undefined> = {
    'shows an empty first page': (page, honest) => [[], honest.slice(30, 80), honest.slice(80)][page],
    'shows an empty page and nothing else': (page) => [[]][page],
    'shows only entries that wait for their proof, and then less': (page, honest) =>
      [[accessBy('John Doe', 1, 0).event], honest.slice(30)][page],
    'leaves out seven after each seven, on pages of seven': (page, honest) =>
      page * 14 < honest.length ? honest.slice(page * 14, page * 14 + 7) : undefined,
    'begins the second page lower': (page, honest) => [honest.slice(0, 7), honest.slice(14)][page],
    'repeats one page without end': (_page, honest) => honest.slice(30, 35),
    'ends its list at the first page': (page, honest) => [honest.slice(0, 50)][page],
  }

  beforeEach(async () => {
    logging.log.entries = []
    // A minute apart, the newest an hour ago.
    for (let at = 0; at < 100; at++) add(at % 10 === 5 ? 'Dr. Lee' : 'John Doe', at - 160)
    await signIn()
    await seeAll()
    expect(verdictOf(await readAll())).toMatchObject({ outcome: 'complete' })
    for (let at = 0; at < 20; at++) add(at === 5 ? 'Dr. Lee' : 'John Doe', at - 50)
  })

  it.each(Object.entries(attacks))('%s', async (_name, pageOf) => {
    logging.organization.script = { ...logging.organization.script, ...listing(logging, pageOf) }
    expect(verdictOf(await readAll())).toMatchObject({ outcome: 'alarm', reason: 'gap' })
    expect(await connection()).toMatchObject({ logAlarm: true })
  })

  it.each(Object.entries(attacks))('%s, while no page is open', async (name, pageOf) => {
    logging.organization.script = { ...logging.organization.script, ...listing(logging, pageOf) }
    await lookNow()
    expect(await connection()).toMatchObject({ logAlarm: true })
    // An honest list, read down to what was known, takes the alarm back, unless it has no entry that was shown before.
    if (name.includes('wait')) return
    logging.organization.script = { ...logging.organization.script, ...logging.withLog() }
    await lookNow()
    expect(await connection()).not.toHaveProperty('logAlarm')
    expect(await counted()).toEqual({ count: 1, more: false })
  })
})

describe('J51 an access by others that was proven and is left out', () => {
  it.each([0, 1, 5])('is an alarm although %i entries wait for their proof at each look', async (waiting) => {
    const { log } = logging
    log.entries = []
    for (let at = 0; at < 10; at++) add(at === 5 ? 'Dr. Lee' : 'John Doe', at - 60)
    await signIn()
    await seeAll()
    add('Dr. Lee', -0.2)
    for (const { hidden: _, ...entry } of log.entries.splice(-1)) log.entries.push({ ...entry, hidden: true })
    add('John Doe', -0.1)
    for (let look = 0; look < 2; look++) {
      log.size = log.entries.length
      addMany('John Doe', waiting, 0.1)
      if (look === 0) await lookNow()
      else expect(verdictOf(await readAll())).toMatchObject({ outcome: 'alarm', reason: 'gap' })
      expect(await connection()).toMatchObject({ logAlarm: true })
    }
  })
})

describe('J51 a list that is not read to its end', { timeout: 60_000 }, () => {
  it('and shows nothing that was known is an alarm after three looks', async () => {
    await signIn()
    await seeAll()
    logging.organization.script = { ...logging.organization.script, ...listing(logging, () => []) }
    const pages = await readAll()
    expect(pages).toHaveLength(120)
    expect(pages.at(-1)).toMatchObject({ proof: { outcome: 'genuine', why: 'unread' } })
    expect(pages.at(-1)).not.toHaveProperty('isRead')
    await lookNow()
    expect(await connection()).not.toHaveProperty('logAlarm')
    await lookNow()
    expect(await connection()).toMatchObject({ logAlarm: true })
    expect(verdictOf(await readAll())).toMatchObject({ outcome: 'alarm', reason: 'withheld' })
  })

  it('is genuine but not complete, and says so until it was read to its end', async () => {
    await signIn()
    await seeAll()
    const ids = addMany('Dr. Lee', 300)
    logging.pageSize = 2
    const pages = await readAll()
    expect(pages).toHaveLength(120)
    expect(pages.at(-1)).toMatchObject({ proof: { outcome: 'genuine', why: 'unread' } })
    expect(pages.at(-1)).not.toHaveProperty('readsOn')
    expect((await counted())?.more).toBe(true)
    const all = await goOn(pages)
    expect(all.at(-1)).toMatchObject({ proof: { outcome: 'complete' } })
    expect(new Set(newIn(all))).toEqual(new Set(ids))
  })

  it('is read on at the next looks, from where the last one ended', async () => {
    await signIn()
    await seeAll()
    const [first] = addMany('Dr. Lee', 1)
    addMany('John Doe', 300, 30)
    logging.pageSize = 2
    await lookNow()
    expect(await counted(), 'nothing that was read is new').toEqual({ count: 0, more: true })
    const looks = logging.organization.requestsTo('/fhir/AuditEvent')
    add('John Doe', 30.2)
    await lookNow()
    expect(await counted()).toEqual({ count: 1, more: false })
    expect(logging.organization.requestsTo('/fhir/AuditEvent') - looks).toBeLessThan(40)
    expect(newIn(await goOn(await readAll()))).toEqual([first])
  })

  it('is read again from its beginning if the place to go on is no longer known', async () => {
    await signIn()
    await seeAll()
    addMany('Dr. Lee', 1)
    addMany('John Doe', 300, 5)
    logging.pageSize = 2
    await lookNow()
    const { fhir } = logging.organization.script
    // Pages of seven never begin at 240.
    logging.pageSize = 7
    logging.organization.script.fhir = (request, response) => {
      if (request.url?.endsWith('start=240')) response.writeHead(410).end()
      else fhir?.(request, response)
    }
    await lookNow()
    expect(await counted()).toEqual({ count: 1, more: false })
  })
})

describe('J53 an access by others that is appended later', () => {
  beforeEach(async () => {
    logging.log.entries = []
    for (let at = 0; at < 10; at++) add('John Doe', at - 60)
    await signIn()
    add('John Doe', 0)
    await seeAll()
  })

  it('is new by its number if it is dated 50 s before the last one that was seen', async () => {
    const late = add('Dr. Lee', -50 / 60)
    await lookNow()
    expect(await counted()).toEqual({ count: 1, more: false })
    const pages = await readAll()
    expect(newIn(pages)).toEqual([late])
    expect(verdictOf(pages)).toMatchObject({ outcome: 'complete' })
    await wereOnScreen(worker, connectionId, pages)
    await lookNow()
    expect(await counted()).toBeUndefined()
  })

  it('is found although its date puts it below the first page', async () => {
    for (let at = 0; at < 20; at++) add('John Doe', 0.01 + at / 100)
    logging.pageSize = 5
    const late = add('Dr. Lee', -0.5)
    await lookNow()
    expect(await counted()).toEqual({ count: 1, more: false })
    expect(newIn(await readAll())).toEqual([late])
  })

  it('is found although it is listed below the newest one that was seen, on another page', async () => {
    logging.pageSize = 1
    const late = add('Dr. Lee', -0.5)
    await lookNow()
    expect(await counted()).toEqual({ count: 1, more: false })
    expect(newIn(await readAll())).toEqual([late])
  })

  it('is new by its number if it has an old date, and the date is an alarm', async () => {
    const old = add('Dr. Lee', -30)
    await lookNow()
    expect(await counted()).toEqual({ count: 1, more: false })
    const pages = await readAll()
    expect(newIn(pages)).toEqual([old])
    expect(verdictOf(pages)).toMatchObject({ outcome: 'alarm', reason: 'misdated', entry: { id: old } })
  })
})
