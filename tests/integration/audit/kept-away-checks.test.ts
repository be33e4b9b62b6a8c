import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { expect, it, vi } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { openAccessLog } from '../../../server/audit/open-log.ts'
import { openLogKey } from '../../../server/audit/open-log-key.ts'
import { verifyAside } from '../../../server/audit/verify/verify-aside.ts'
import { watchLog } from '../../../server/audit/verify/watch-log.ts'
import { openPostgres } from '../../../server/store/postgres/postgres.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'
import { appendOne, config, createLog } from './logged.ts'

const MINUTE = 60_000
const DAY = 86_400_000

/** How a database comes to refuse further connections, and how it takes them again. */
const REFUSALS = {
  'a limit of connections': {
    code: '53300',
    refuse: (name: string) => `alter database "${name}" connection limit 0`,
    allow: (name: string) => `alter database "${name}" connection limit -1`,
  },
  // As a changed password is: it is of class 28.
  'a role that may not log in': {
    code: '28000',
    refuse: (_name: string, role: string) => `alter role "${role}" nologin`,
    allow: (_name: string, role: string) => `alter role "${role}" login`,
  },
  // Its class is that of a missing table as well.
  'a right that was taken away': {
    code: '42501',
    refuse: (name: string) => `revoke connect on database "${name}" from public`,
    allow: (name: string) => `grant connect on database "${name}" to public`,
  },
} as const
type Refusal = keyof typeof REFUSALS

/** The database of a role that is no superuser, so that what refuses connections holds for it. */
const createOwned = async (refusal: Refusal) => {
  const database = await createDatabase('postgres')
  const superuser = await openPostgres(database.url)
  const name = new URL(database.url).pathname.slice(1)
  const role = `role_${randomUUID().replaceAll('-', '')}`
  const run = (statement: string) => sql.raw(statement).execute(superuser.db)
  await run(`create role "${role}" login`)
  await run(`drop schema public cascade`)
  await run(`create schema public authorization "${role}"`)
  const url = new URL(database.url)
  url.username = role
  const store = await openPostgres(url.href)
  return {
    database,
    store,
    /** From now on the role gets no connection beyond those of the store. */
    refuse: async () => {
      await Promise.all(Array.from({ length: 10 }, () => sql`select pg_sleep(0.2)`.execute(store.db)))
      await run(REFUSALS[refusal].refuse(name, role))
    },
    allow: () => run(REFUSALS[refusal].allow(name, role)),
    close: async () => {
      await run(`drop owned by "${role}"`)
      await run(`drop role "${role}"`)
      await superuser.close()
      await database.close()
    },
  }
}

// The other store has no connections that it could refuse.
const onPostgres = engines.includes('postgres') ? (Object.keys(REFUSALS) as Refusal[]) : []

it.each(onPostgres)(
  'J08 a log whose checks are kept away from the database by %s is not signed, and its server is not ready, until one succeeds',
  { timeout: 60_000 },
  async (refusal) => {
    const { database, store, refuse, allow, close } = await createOwned(refusal)
    let now = 0
    const app = await createApp({
      ...{ config, store, clock: Date.now, elapsed: () => now, databaseTime: async () => undefined },
      ...{ keyFile: database.keyFile, logKey: { file: database.logKey } },
    })
    const ready = async () => {
      now += 1_000
      return (await app.inject('/readyz')).json()
    }
    const detail = expect.stringMatching(/could not be checked for too long/)
    expect(await ready()).toEqual({ status: 'ready' })
    await refuse()
    now += 3 * MINUTE
    expect(await ready()).toEqual({ status: 'not-ready', reason: 'log-not-verified', detail })
    const { publicKey } = await readLogKey(database.logKey)
    const check = { address: store.address, publicKey, known: [] }
    await expect(verifyAside(check, new AbortController().signal)).rejects.toMatchObject({
      code: 'store-unavailable',
      cause: { code: REFUSALS[refusal].code },
    })
    expect(await ready()).toMatchObject({ detail })
    await allow()
    await expect.poll(ready, { timeout: 20_000, interval: 500 }).toEqual({ status: 'ready' })
    await app.close()
    await store.close()
    await close()
  },
)

it.each(onPostgres.slice(0, 1))(
  'J08 nothing is signed once what is new could not be checked for three minutes',
  { timeout: 60_000 },
  async (refusal) => {
    const { database, store, refuse, allow, close } = await createOwned(refusal)
    let now = 0
    const sentences: string[] = []
    const none = () => undefined
    const log = await openAccessLog({
      ...{ config, store, clock: Date.now, elapsed: () => now, onFinding: none, onFault: none },
      key: await openLogKey({ store, logKey: { file: database.logKey } }),
      onDelay: (sentence) => sentences.push(sentence),
    })
    await appendOne(log.store, 'ana')
    const { size } = await log.sign()
    await refuse()
    now = 3 * MINUTE
    await appendOne(log.store, 'ana')
    expect((await log.sign()).size).toBe(size + 1)
    now += 1
    await appendOne(log.store, 'ana')
    await expect(log.sign()).rejects.toMatchObject({ code: 'store-unavailable' })
    expect((await log.checkpoint()).size).toBe(size + 1)
    // It is tried again, and goes on when it succeeds.
    await allow()
    const signedSize = async () => (await log.sign().catch(() => undefined))?.size
    await expect.poll(signedSize, { timeout: 20_000 }).toBe(size + 2)
    expect(log.delay()).toBeUndefined()
    await log.close()
    await store.close()
    await close()
  },
)

it.each(engines)(
  'J08 a check of what is new does not stand for one of the whole log, on %s',
  { timeout: 60_000 },
  async (engine) => {
    const { database, store, log, append, close } = await createLog(engine)
    await append('ana')
    const signed = await log.sign()
    const { key, file } = await openLogKey({ store, logKey: { file: database.logKey } })
    let now = 0
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] })
    const watch = watchLog({
      ...{ store, key, file, isRead: true, newestSigned: () => signed, elapsed: () => now },
      ...{ onFinding: () => undefined, onFault: () => undefined },
    })
    now = 2 * DAY
    expect(watch.overdue()).toBeDefined()
    vi.advanceTimersByTime(MINUTE)
    vi.useRealTimers()
    await expect.poll(watch.overdue, { timeout: 20_000 }).toBeUndefined()
    now += 1
    expect(watch.overdue()).toBeDefined()
    await watch.close()
    await close()
  },
)
