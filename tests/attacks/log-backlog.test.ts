import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { parseCheckpoint } from '../../server/audit/checkpoint/checkpoint.ts'
import { type LoggedAccess, TERMINAL } from '../../server/audit/entry/access-event.ts'
import { treeSize } from '../../server/audit/tree/stored-tree.ts'
import { entriesOf } from '../../server/audit/write/log.ts'
import { BATCH, startSequencer, waitingEntries } from '../../server/audit/write/sequencer.ts'
import type { Store } from '../../server/store/store.ts'
import { config } from '../fixtures/served-log.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { type AttackedDatabase, createAttackedDatabase } from './attacked-database.ts'

const ACCESS: LoggedAccess = {
  kind: 'other',
  requestId: '1',
  outcome: 'success',
  agent: TERMINAL,
  patients: [],
}
const WAITING = 30_000
/** Older entries that already have their place. A query that joins before it limits the queue would read them too. */
const OLDER = 10_000

const isPostgres = inject('postgres') !== undefined

let database: AttackedDatabase
let store: Store
let server: ServerProcess | undefined
beforeAll(async () => {
  database = await createAttackedDatabase()
  store = database.store
  await insertEntries(OLDER)
  await startSequencer(store, () => expect.fail()).drain()
  // PostgreSQL plans with these statistics, which say that the queue is empty.
  await run(isPostgres ? 'analyze' : 'analyze main')
  await insertEntries(WAITING)
})
afterAll(async () => {
  await server?.stop()
  await database.close()
})

const run = (statement: string) => store.write((trx) => sql.raw(statement).execute(trx))
const waiting = async (): Promise<number> => {
  const { count } = await store.db
    .selectFrom('audit_queue')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
/** Entries of one small access, each with its own id and salt. */
const insertEntries = (count: number, into = store) => {
  const [entry] = entriesOf(ACCESS, { now: Date.now(), config })
  const { id, json, salt, patient, agent, client_id, ...columns } = entry?.row ?? expect.fail()
  const rest = sql`${sql.join(Object.values(columns))}, replace(cast(${json} as text), ${id}, id)`
  const names = sql.raw(`id, ${Object.keys(columns).join(', ')}, json, salt`)
  return into.write((trx) =>
    (isPostgres
      ? sql`insert into audit_event (${names}) select id, ${rest}, uuid_send(id::uuid)
            from (select gen_random_uuid()::text as id from generate_series(1, ${count})) as ids`
      : sql`insert into audit_event (${names})
            with recursive ids(at, id) as (
              select 1, lower(hex(randomblob(16)))
              union all select at + 1, lower(hex(randomblob(16))) from ids where at < ${count})
            select id, ${rest}, randomblob(16) from ids`
    ).execute(trx),
  )
}

/** Returns how many rows each step of the query plan read. Only PostgreSQL reports this. */
const readRows = async (): Promise<number[]> => {
  const [plan] = await waitingEntries(store.db).explain<Record<'QUERY PLAN', [{ Plan: Step }]>>(
    'json',
    sql`analyze`,
  )
  const rowsOf = (step: Step): number[] => [
    (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'],
    ...(step.Plans ?? []).flatMap(rowsOf),
  ]
  return rowsOf((plan as { 'QUERY PLAN': [{ Plan: Step }] })['QUERY PLAN'][0].Plan)
}
interface Step {
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: Step[]
}

test('F61 places the entries that were waiting when it started, however many are written meanwhile', async () => {
  // A database of its own, with little in it.
  const small = await createAttackedDatabase()
  let batches = 0
  const busy: Store = {
    ...small.store,
    write: async (work) => {
      const result = await small.store.write(work)
      batches += 1
      // Other writers are faster than one process can place entries.
      if (batches < 20) await insertEntries(BATCH + 1, small.store)
      return result
    },
  }
  await insertEntries(2 * BATCH, small.store)
  const sequencer = startSequencer(busy, () => expect.fail())
  await sequencer.drain()
  expect(batches).toBe(2)
  await sequencer.drain(1)
  expect(batches).toBe(3)
  await small.close()
})

test('F61 finds a batch without reading more rows than it contains, whatever the planner estimates', async () => {
  expect(await waiting()).toBeGreaterThanOrEqual(WAITING)
  if (!isPostgres) {
    const steps = await waitingEntries(store.db).explain<{ detail: string }>(undefined, sql`query plan`)
    const details = steps.map(({ detail }) => detail)
    expect(details.filter((detail) => /SCAN audit_event|B-TREE/.test(detail))).toEqual([])
    expect(details.join()).toContain('SEARCH audit_event USING INTEGER PRIMARY KEY')
    return
  }
  expect(Math.max(...(await readRows()))).toBeLessThanOrEqual(BATCH)
  await run('analyze')
  expect(Math.max(...(await readRows()))).toBeLessThanOrEqual(BATCH)
})

test('F61 listens, signs and stops while thousands of entries wait for their place', async () => {
  const { url, logKey } = database
  server = await startServerProcess({ db: url, logKey })
  expect(await waiting()).toBeGreaterThan(BATCH)

  const { url: base } = server
  const signedSize = async () => parseCheckpoint(await (await fetch(`${base}/audit/checkpoint`)).text()).size
  const atStart = await signedSize()
  let later = atStart
  for (; later === atStart; later = await signedSize()) {
    // Steady load: there is always an entry to place.
    if ((await waiting()) < WAITING / 2) await insertEntries(WAITING / 2)
    await sleep(100)
  }

  // More than a server places while it stops: the rest is left to the next start, and all placed entries are signed.
  await insertEntries(3 * WAITING)
  const before = await treeSize(store.db)
  expect(await server.interrupt()).toBe(0)
  const remaining = await waiting()
  expect(remaining).toBeGreaterThan(BATCH)
  const { size } = await store.db
    .selectFrom('audit_checkpoint')
    .select('size')
    .orderBy('key', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow()
  expect(size).toBe(await treeSize(store.db))
  // Not forty batches, which would take longer than a stop may.
  expect(size - before).toBeLessThan(40 * BATCH)

  server = await startServerProcess({ db: url, logKey })
  while ((await waiting()) > remaining - BATCH) await sleep(50)
}, 120_000)
