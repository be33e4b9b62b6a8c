import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import {
  bundleOf,
  type LoggingOrganization,
  listing,
  startLoggingOrganization,
} from '../../fixtures/logging-organization.ts'
import type { Script } from '../../fixtures/scripted-organization.ts'
import {
  clearBrowser,
  lookNow as lookAtLogs,
  readOn,
  type Worker,
  wereOnScreen,
} from '../../fixtures/worker.ts'

const MINUTE = 60_000

let logging: LoggingOrganization
let worker: Worker
let connectionId: string

beforeAll(async () => {
  logging = await startLoggingOrganization()
})
afterAll(() => logging.organization.close())
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  await clearBrowser()
  logging.begin()
  logging.pageSize = 50
})
afterEach(() => vi.useRealTimers())

const signIn = async (script: Script = logging.withLog()) => {
  const tokens = { scope: 'openid patient/AuditEvent.rs', expires_in: 8_640_000 }
  ;({ worker, connectionId } = await logging.signIn({ ...script, tokens }, worker))
  await wereOnScreen(worker, connectionId, await readAll())
}
const pass = (minutes: number) => vi.setSystemTime(Date.now() + minutes * MINUTE)
const add: LoggingOrganization['add'] = (...access) => logging.add(...access)
const addMany = (many: number, minutesBetween: number) => {
  for (let at = 0; at < many; at++) {
    pass(minutesBetween)
    add('John Doe')
  }
}
const look = async () => {
  pass(60)
  await lookAtLogs(worker)
}
const readAll = () => readOn(worker, connectionId)
const connection = async () => (await worker.state()).connections[0]

describe('J51 an access that is listed once, waits for its proof, and is then left out, is an alarm and stays announced', () => {
  let isHostile = false
  /** Lee's access is listed without a proof; two more are logged after it. */
  const listOnce = async () => {
    isHostile = false
    pass(10)
    add('John Doe')
    pass(0.5)
    logging.log.size = logging.log.entries.length
    add('Dr. Lee')
    await lookAtLogs(worker)
    expect((await connection())?.newAccesses).toEqual({ count: 1, more: false })
    logging.log.entries.pop()
    isHostile = true
  }
  const expectAlarm = async () => {
    logging.log.size = logging.log.entries.length
    await look()
    for (let looks = 0; looks < 2; looks++) {
      await wereOnScreen(worker, connectionId, await readAll())
      addMany(2, 5)
      logging.log.size = logging.log.entries.length
      await look()
      expect(await connection()).toMatchObject({ logAlarm: true, newAccesses: { count: 1 } })
    }
  }

  it('although the list is in another order', async () => {
    await signIn(
      listing(logging, (page, honest) => (page > 0 ? undefined : isHostile ? honest.toReversed() : honest)),
    )
    await listOnce()
    addMany(2, 4)
    await expectAlarm()
  })

  it('although a page ends just below it', async () => {
    await signIn(
      listing(logging, (page, honest) => {
        const pages = isHostile ? [honest.slice(0, 3), honest.slice(3)] : [honest]
        return pages[page]
      }),
    )
    await listOnce()
    addMany(2, 0.4)
    await expectAlarm()
  })
})

it('J51 an alarm over a missing entry stays, however many entries push it off the first page', async () => {
  const unlisted: number[] = []
  await signIn(logging.withLog({}, unlisted))
  logging.pageSize = 5
  addMany(5, 2)
  await look()
  unlisted.push(9)
  addMany(2, 2)
  await look()
  expect(await connection()).toMatchObject({ logAlarm: true })
  for (let looks = 0; looks < 3; looks++) {
    addMany(3, 2)
    await look()
    expect(await connection()).toMatchObject({ logAlarm: true })
  }
  unlisted.pop()
  await look()
  expect(await connection()).not.toHaveProperty('logAlarm')
})

it('J53 another access under the id of one that was on screen is new', async () => {
  await signIn()
  pass(2)
  const id = add('Dr. Lee')
  await look()
  await wereOnScreen(worker, connectionId, await readAll())
  expect((await connection())?.newAccesses).toBeUndefined()
  addMany(60, 0.3)
  add('Dr. Lee')
  Object.assign(logging.log.entries.at(-1)?.event ?? {}, { id })
  await look()
  expect((await connection())?.newAccesses).toEqual({ count: 1, more: false })
  expect((await readAll()).flatMap(({ newIds }) => newIds ?? [])).toEqual([id])
})

it('J50 a report about an older list does not clear that there are more new accesses than are kept', async () => {
  await signIn()
  pass(2)
  add('John Doe')
  const older = await readAll()
  for (let at = 0; at < 300; at++) {
    pass(0.1)
    add('Dr. Lee')
  }
  await look()
  expect((await connection())?.newAccesses).toEqual({ count: 200, more: true })
  await wereOnScreen(worker, connectionId, older)
  expect((await connection())?.newAccesses).toMatchObject({ more: true })
  const all = await readAll()
  expect(all.flatMap(({ newIds }) => newIds ?? [])).toHaveLength(300)
  await wereOnScreen(worker, connectionId, all)
  expect((await connection())?.newAccesses).toBeUndefined()
})

it('J51 three looks that cannot read on after the first page are an alarm', { timeout: 60_000 }, async () => {
  let isBroken = false
  const script = logging.withLog()
  const { fhir } = script
  await signIn({
    ...script,
    fhir: (request, response) =>
      isBroken && request.url?.includes('start=') ? response.writeHead(503).end() : fhir?.(request, response),
  })
  pass(5)
  add('Dr. Lee')
  addMany(60, 1)
  isBroken = true
  for (let looks = 0; looks < 3; looks++) {
    expect(await connection()).not.toHaveProperty('logAlarm')
    await look()
  }
  expect(await connection()).toMatchObject({ logAlarm: true })
  isBroken = false
  await look()
  expect(await connection()).not.toHaveProperty('logAlarm')
  expect((await connection())?.newAccesses).toEqual({ count: 1, more: false })
})

it('J51 a list whose next page is elsewhere is an alarm after three looks', async () => {
  await signIn()
  pass(5)
  add('Dr. Lee')
  addMany(60, 1)
  const { fhir } = logging.organization.script
  logging.organization.script.fhir = (request, response) => {
    const honest = logging.log.entries.map(({ event }) => event).toReversed()
    if (!request.url?.startsWith('/fhir/AuditEvent')) return fhir?.(request, response)
    response.setHeader('content-type', 'application/fhir+json')
    return response.end(bundleOf(honest.slice(0, 50), 'https://elsewhere.example/fhir/AuditEvent?page=2'))
  }
  for (let looks = 0; looks < 3; looks++) {
    expect(await connection()).not.toHaveProperty('logAlarm')
    await look()
  }
  expect(await connection()).toMatchObject({ logAlarm: true })
})

describe('while a long list is read down in several looks', { timeout: 120_000 }, () => {
  it('J50 the newest entries are read first', async () => {
    await signIn()
    logging.pageSize = 2
    addMany(300, 0.2)
    await look()
    expect((await items.knownLogs.get())[connectionId]?.resume).toEqual(expect.any(String))
    addMany(200, 0.2)
    add('Dr. Lee')
    await look()
    expect((await connection())?.newAccesses).toMatchObject({ count: 1 })
  })

  it('J59 entries that the log’s growth repeats raise no alarm', async () => {
    await signIn()
    logging.pageSize = 2
    addMany(700, 0.2)
    for (let looks = 0; looks < 4; looks++) {
      addMany(140, 0.2)
      await look()
      expect(await connection()).not.toHaveProperty('logAlarm')
    }
  })
})
