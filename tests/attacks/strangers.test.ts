import type { AuditEvent } from '@medplum/fhirtypes'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { LoggedAccess } from '../../server/audit/entry/access-event.ts'
import { gatherRefusals } from '../../server/audit/write/gather-refusals.ts'
import { createRecorder } from '../../server/audit/write/recorder.ts'
import { openStore } from '../../server/start/open-database.ts'
import type { Store } from '../../server/store/store.ts'
import { refusedRequests } from '../fixtures/refused-requests.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { config } from '../integration/audit/logged.ts'
import { type AttackedDatabase, createAttackedDatabase } from './attacked-database.ts'
import { FLOOD_MARK, flood } from './flood.ts'

const MINUTE = 60_000
/** A minute in the past. */
const START = Math.floor(Date.now() / MINUTE) * MINUTE - 10 * MINUTE

const isPostgres = inject('postgres') !== undefined

let database: AttackedDatabase
let store: Store
beforeAll(async () => {
  database = await createAttackedDatabase()
  store = database.store
})
afterAll(() => database.close())

/** The size of the database's tables in bytes, without the old versions of rows that PostgreSQL will reuse, and without its own catalogs. */
const size = async (): Promise<number> => {
  if (isPostgres) await sql`vacuum full`.execute(store.db)
  const { rows } = await (isPostgres
    ? sql<{ size: number }>`select sum(pg_total_relation_size(relid)) as size from pg_stat_user_tables`
    : sql<{
        size: number
      }>`select page_count * page_size as size from pragma_page_count(), pragma_page_size()`
  ).execute(store.db)
  return Number(rows[0]?.size)
}
/** Every row. The files themselves are not read, because closing one would drop this process's locks. */
const everything = async (): Promise<string> => {
  const tables = await store.db.introspection.getTables()
  const rows = await Promise.all(
    tables.map(({ name }) => sql`select * from ${sql.table(name)}`.execute(store.db)),
  )
  return JSON.stringify(rows)
}
const gathered = async (): Promise<AuditEvent[]> => {
  const rows = await store.db
    .selectFrom('audit_event')
    .select('json')
    .where('subtype', '=', 'refusals')
    .orderBy('seq')
    .execute()
  return rows.map(({ json }) => JSON.parse(json) as AuditEvent)
}
const refusalFrom = (address: string, more: Partial<LoggedAccess> = {}): LoggedAccess => ({
  kind: 'read',
  requestId: 'r',
  outcome: 'refused',
  reason: 'invalid_token',
  agent: { address },
  patients: [],
  query: FLOOD_MARK,
  ...more,
})
const append = (access: LoggedAccess, now = START) =>
  createRecorder({ config, store, clock: () => now }).record(access)
const clear = () =>
  store.write(async (trx) => {
    await trx.deleteFrom('refused_request').execute()
    // What a server stored in the test before: nothing is dated before it.
    await trx.deleteFrom('setting').where('name', '=', 'clock.seen').execute()
  })

describe('F32 strangers do not fill the log', () => {
  const COUNT = 1_900
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServerProcess({ db: database.url, logKey: database.logKey })
  })
  afterAll(() => server.stop())

  test(`${COUNT} requests with queries of 8 kB take less than 150 kB, and all are counted`, {
    timeout: 120_000,
  }, async () => {
    const before = {
      size: await size(),
      entries: (await gathered()).length,
      ...(await refusedRequests(store)),
    }
    const statuses = await flood(server.url, COUNT)
    expect(
      Object.keys(statuses)
        .map(Number)
        .filter((status) => status >= 500 || (status >= 300 && status < 400)),
    ).toEqual([])
    expect((await refusedRequests(store)).total - before.total).toBe(COUNT)
    expect((await size()) - before.size).toBeLessThan(150_000)
    expect(await everything()).not.toContain(FLOOD_MARK)
  })

  test('counts become an entry when the server stops', async () => {
    const { total } = await refusedRequests(store)
    await server.stop()
    expect(await store.db.selectFrom('refused_request').selectAll().execute()).toEqual([])
    expect((await refusedRequests(store)).total).toBe(total)
  })
})

describe('F32 the counts of a past minute become an entry', () => {
  test('about no patient and no agent, with the network, the minute and each reason', async () => {
    await clear()
    for (let n = 0; n < 3; n++) await append(refusalFrom(`203.0.113.${n}`))
    await append(refusalFrom('203.0.113.9', { kind: 'token', reason: 'invalid_client' }))
    const before = (await gathered()).length
    await gatherRefusals(store, { clock: () => START + 59_999, config })
    expect(await gathered()).toHaveLength(before)
    await gatherRefusals(store, { clock: () => START + MINUTE, config })
    const [entry, ...more] = (await gathered()).slice(before)
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      outcome: '4',
      period: { start: new Date(START).toISOString(), end: new Date(START + MINUTE).toISOString() },
      subtype: [{ code: 'refusals' }],
    })
    expect(entry?.agent[0]?.network?.address).toBe('203.0.113.0/24')
    expect(entry?.entity?.at(-1)?.detail).toEqual([
      { type: 'requests', valueString: '4' },
      { type: 'read invalid_token', valueString: '3' },
      { type: 'token invalid_client', valueString: '1' },
    ])
  })

  test('once, even if two processes gather and others count meanwhile', async () => {
    await clear()
    const { total } = await refusedRequests(store)
    const other = await openStore(database.url)
    for (let n = 0; n < 20; n++) await append(refusalFrom(`192.0.2.${n}`))
    const before = (await gathered()).length
    const gather = (process: Store) => gatherRefusals(process, { clock: () => START + MINUTE, config })
    await Promise.all([
      ...[store, other, store, other].map(gather),
      ...Array.from({ length: 20 }, (_, n) => append(refusalFrom(`198.51.100.${n}`))),
    ])
    await gather(other)
    await other.close()
    const entries = (await gathered()).slice(before)
    const networks = entries.map(({ agent }) => agent[0]?.network?.address)
    expect(networks.filter((network) => network === '192.0.2.0/24')).toHaveLength(1)
    expect((await refusedRequests(store)).total - total).toBe(40)
  })

  test('each dated when it is written, also if hundreds of networks take minutes', async () => {
    await clear()
    for (let n = 0; n < 3; n++) await append(refusalFrom(`203.0.${n}.1`))
    const before = (await gathered()).length
    let now = START
    await gatherRefusals(store, { clock: () => (now += MINUTE), config })
    const dates = (await gathered()).slice(before).map(({ recorded }) => Date.parse(recorded ?? ''))
    expect(dates).toEqual([2, 3, 4].map((minutes) => START + minutes * MINUTE))
  })

  test('also after the clock was set back', async () => {
    await clear()
    await append(refusalFrom('192.0.2.1'), START + 60 * MINUTE)
    await gatherRefusals(store, { clock: () => START, config })
    expect(await store.db.selectFrom('refused_request').selectAll().execute()).toEqual([])
  })
})

test('F32 an attacker with many networks creates few rows', async () => {
  await clear()
  for (let n = 0; n < 200; n++) await append(refusalFrom(`2001:db8:0:${n.toString(16)}::1`))
  const rows = await store.db
    .selectFrom('refused_request')
    .select(['network', (eb) => eb.fn.sum<number>('requests').as('requests')])
    .groupBy('network')
    .execute()
  expect(rows).toHaveLength(33)
  expect(rows.find(({ network }) => network === 'many networks')?.requests).toEqual(expect.anything())
  expect(rows.reduce((sum, { requests }) => sum + Number(requests), 0)).toBe(200)
})

describe('F32 who counts as a stranger', () => {
  const entries = async () =>
    Number(
      (
        await store.db
          .selectFrom('audit_event')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
      ).count,
    )
  test.each<[string, Partial<LoggedAccess>, boolean]>([
    ['nobody who is refused', {}, true],
    ['nobody who fails', { outcome: 'failed' }, true],
    [
      'a person beyond a limit',
      { agent: { address: '::1', accountId: 'anna' }, reason: 'too_many_attempts' },
      true,
    ],
    ['a person who is refused', { agent: { address: '::1', accountId: 'anna' } }, false],
    [
      'an application that proved itself',
      { agent: { address: '::1', clientId: 'conf', isProven: true } },
      false,
    ],
    ['an application that proved nothing', { agent: { address: '::1', clientId: 'carekey' } }, true],
    ['a wrong password', { kind: 'sign-in', reason: 'wrong_password' }, false],
    ['an access that succeeded', { outcome: 'success' }, false],
  ])('%s', async (_name, more, isCounted) => {
    await clear()
    const before = await entries()
    await append(refusalFrom('::1', more))
    const rows = await store.db.selectFrom('refused_request').selectAll().execute()
    expect(rows).toHaveLength(isCounted ? 1 : 0)
    expect((await entries()) - before).toBe(isCounted ? 0 : 1)
    expect(JSON.stringify(rows)).not.toContain(FLOOD_MARK)
  })
})
