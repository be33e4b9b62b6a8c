import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApp } from '../../server/app.ts'
import { openClock } from '../../server/clock/server-clock.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { runAdmin, runVerify } from '../fixtures/run-command.ts'
import { engines } from '../fixtures/store.ts'
import { obtainCode, readRecord, redeem } from '../fixtures/token-requests.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

const read = async (url: string, code: Awaited<ReturnType<typeof obtainCode>>) =>
  readRecord(url, (await redeem(url, code)).body.access_token)

describe.each(engines)('T07 a server whose machine has slept for 20 minutes, on %s', (engine) => {
  let slept: TestOrganization
  beforeEach(async () => {
    slept = await startOrganization({
      ...{ demo: 'riverside', store: engine },
      ...{ clock: () => Date.now() - 20 * MINUTE, elapsed: () => performance.now() },
    })
  })
  afterEach(() => slept.close())

  const verify = async () => {
    const { url, logKey } = slept.database
    await slept.stop()
    return runVerify(['--db', url, '--log-key', logKey])
  }

  test('dates no entry before those of another server', async () => {
    expect(await read(slept.url, await obtainCode(slept.url))).toBe(200)
    const store = await slept.database.open()
    const other = await createApp({
      ...{ config: slept.config, store, clock: Date.now },
      ...{ keyFile: slept.database.keyFile, logKey: { file: slept.database.logKey } },
    })
    await other.inject('/fhir/Patient/john-doe')
    await other.inject({ url: '/fhir/Patient/john-doe', headers: { authorization: 'Bearer unknown' } })
    const since = Date.now() - 10 * SECOND
    // Those of a work, of a read, and of many reads that share a commit.
    const codes = await Promise.all(Array.from({ length: 8 }, () => obtainCode(slept.url)))
    expect(await Promise.all(codes.map((code) => read(slept.url, code)))).toEqual(codes.map(() => 200))
    await other.close()
    await store.close()
    const entries = await slept.store.db
      .selectFrom('audit_event')
      .select(['recorded', 'subtype'])
      .orderBy('seq')
      .execute()
    const early = entries.slice(entries.findIndex(({ recorded }) => recorded >= since))
    expect(early.length).toBeGreaterThan(16)
    expect(early.filter(({ recorded }) => recorded < since)).toEqual([])
    expect((await verify()).status).toBe(0)
  })

  test('dates no entry before that of a command', async () => {
    const client = ['client', 'add', '--name', 'App', '--public', '--redirect', 'https://a.example/cb']
    await slept.store.write((trx) => trx.deleteFrom('setting').where('name', '=', 'clock.measured').execute())
    expect(await runAdmin([...client, '--db', slept.database.url])).toMatchObject({ status: 0 })
    expect(await read(slept.url, await obtainCode(slept.url))).toBe(200)
    expect((await verify()).status).toBe(0)
  })
})

describe.each(engines)('a time of the year 2096, on %s', (store) => {
  test('that somebody has stored dates no entry of a server that runs', async () => {
    const clinic = await startOrganization({ demo: 'riverside', store })
    await clinic.store.write((trx) =>
      trx.updateTable('setting').set({ value: '4000000000000' }).where('name', '=', 'clock.seen').execute(),
    )
    expect(await read(clinic.url, await obtainCode(clinic.url))).toBe(200)
    const { latest } = await clinic.store.db
      .selectFrom('audit_event')
      .select((eb) => eb.fn.max('recorded').as('latest'))
      .executeTakeFirstOrThrow()
    expect(latest).toBeLessThan(Date.now() + 2 * MINUTE)
    await clinic.close()
  })
})

describe('the clock of the database', () => {
  let clinic: TestOrganization
  let now = Date.now()
  let elapsed = 0
  let databaseTime = now
  /** How long the database's answer is on its way. */
  let delay = 0
  let answers = 0
  let servers = 0
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    clinic = await startOrganization({ demo: 'riverside' })
    now = Date.now()
    elapsed = 0
    databaseTime = now
    delay = 0
    servers = 0
  })
  afterEach(async () => {
    vi.useRealTimers()
    await clinic.close()
  })

  const answer = async () => {
    const time = databaseTime
    elapsed += delay
    now += delay
    databaseTime += delay
    answers++
    return time
  }
  const open = async (acceptSystemTime = false) => {
    const faults: unknown[] = []
    const clock = await openClock({
      ...{ config: clinic.config, store: clinic.store, key: await readLogKey(clinic.database.logKey) },
      ...{ clock: () => now, elapsed: () => elapsed, databaseTime: answer },
      acceptSystemTime,
      ...{ onSetBack: () => undefined, onFault: (fault) => void faults.push(fault) },
    })
    servers++
    return { ...clock, faults }
  }
  /** Each server compares the clocks every half a minute, once it has stored what it compared before. */
  const pass = async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 30 * SECOND) {
      elapsed += 30 * SECOND
      now += 30 * SECOND
      databaseTime += 30 * SECOND
      const before = answers
      await vi.advanceTimersByTimeAsync(30 * SECOND)
      await expect.poll(() => answers).toBeGreaterThanOrEqual(before + servers)
    }
  }

  test.each([
    [3 * MINUTE, '3 minutes ahead of'],
    [-3 * MINUTE, '3 minutes behind'],
  ])('T07 a server that is off by %d ms does not start', async (by, words) => {
    now += by
    await expect(open()).rejects.toThrow(`This machine's clock is ${words} the database's`)
    now -= by - Math.sign(by) * SECOND
    await (await open()).close()
  })

  test('T07 a leap that the database does not know is not believed, however long it lasts', async () => {
    const { clock, close, doubt, faults } = await open()
    const right = clock()
    now += 10 * MINUTE
    clock()
    await pass(5 * MINUTE)
    expect(clock() - right).toBe(5 * MINUTE)
    databaseTime += 10 * MINUTE
    await pass(30 * SECOND)
    await expect.poll(doubt).toBeUndefined()
    // Then it is a leap that both clocks know, and is believed once it has lasted.
    expect(clock() - right).toBeLessThan(6 * MINUTE)
    await pass(90 * SECOND)
    expect(clock() - right).toBe(17 * MINUTE)
    await close()
    expect(faults).toEqual([])
  })

  test('T07 one answer far ahead is not believed, even after a leap that was', async () => {
    const { clock, close, doubt, faults } = await open()
    databaseTime += 20 * MINUTE
    now += 20 * MINUTE
    await pass(3 * MINUTE)
    expect(clock()).toBe(databaseTime)
    databaseTime += 400 * 24 * 60 * MINUTE
    await pass(30 * SECOND)
    await expect.poll(doubt).toBe("This machine's clock is 400 days behind the database's")
    databaseTime -= 400 * 24 * 60 * MINUTE
    expect(clock()).toBe(databaseTime)
    await pass(MINUTE)
    await expect.poll(doubt).toBeUndefined()
    expect(clock()).toBe(databaseTime)
    await close()
    expect(faults).toEqual([])
  })

  test.each([
    ['ahead of', 1],
    ['behind', -1],
  ])(
    'T07 a clock that drifts until it is %s the database’s, without a leap, is not believed',
    async (words, sign) => {
      const { clock, close, doubt, faults } = await open()
      const drift = async (each: number, times: number) => {
        for (let n = 0; n < times; n++) {
          now += each
          await pass(30 * SECOND)
          await expect.poll(() => Math.abs(clock() - databaseTime)).toBeLessThan(40 * SECOND)
        }
      }
      // For half an hour, 5 s in each half a minute.
      await drift(sign * 5 * SECOND, 60)
      expect(doubt()).toBe(`This machine's clock is 5 minutes ${words} the database's`)
      now = databaseTime
      expect(doubt()).toBeUndefined()
      await drift(0, 4)
      expect(clock()).toBe(databaseTime)
      await close()
      expect(faults).toEqual([])
    },
  )

  test('T07 servers whose machines differ by 50 s have one time, the database’s', async () => {
    now = databaseTime + 25 * SECOND
    const ahead = await open()
    expect(ahead.clock()).toBe(databaseTime)
    now = databaseTime - 25 * SECOND
    const behind = await open()
    await pass(2 * MINUTE)
    expect([ahead.clock(), behind.clock()]).toEqual([databaseTime, databaseTime])
    for (const { close, doubt, faults } of [ahead, behind]) {
      expect(doubt()).toBeUndefined()
      await close()
      expect(faults).toEqual([])
    }
  })

  test('F16 the time that the operator accepts is the database’s too', async () => {
    await (await open()).close()
    databaseTime -= 10 * MINUTE
    now = databaseTime + 20 * SECOND
    const { clock, close } = await open(true)
    expect(clock()).toBe(databaseTime)
    await close()
  })

  test('T07 an answer of the database that arrives late does not set the time back', async () => {
    const { clock, close, faults } = await open()
    delay = 20 * SECOND
    await pass(MINUTE)
    expect(clock()).toBe(databaseTime)
    await close()
    expect(faults).toEqual([])
  })

  test('T07 a server is not ready while its clock and the database’s are apart, and ready again when they agree', async () => {
    const app = await createApp({
      ...{ config: clinic.config, store: clinic.store, keyFile: clinic.database.keyFile },
      logKey: { file: clinic.database.logKey },
      ...{ clock: () => now, elapsed: () => elapsed, databaseTime: async () => databaseTime },
    })
    const readyAt = async (offset: number) => {
      elapsed += 2 * SECOND
      databaseTime += 2 * SECOND
      now = databaseTime + offset
      const answer = await app.inject('/readyz')
      return [answer.statusCode, answer.json().reason, answer.json().detail]
    }
    expect(await readyAt(25 * SECOND)).toEqual([200, undefined, undefined])
    for (const [offset, words] of [
      [35 * SECOND, '35 seconds ahead of'],
      [-35 * SECOND, '35 seconds behind'],
    ] as const)
      expect(await readyAt(offset)).toEqual([
        503,
        'clock-distrusted',
        expect.stringContaining(
          `This machine's clock is ${words} the database's. The server goes by the database's`,
        ),
      ])
    expect(await readyAt(0)).toEqual([200, undefined, undefined])
    await app.close()
  })
})
