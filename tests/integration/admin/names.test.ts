import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '../../../server/store/schema.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

describe.each(engines)('at the terminal, on %s', { timeout: 60_000 }, (engine) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createDatabase(engine)
    await (await database.open()).close()
  })
  afterAll(() => database.close())

  const admin = (...args: string[]) =>
    runAdmin([...args, '--db', database.url], 'a password that nobody guesses')
  const add = (name: string, ...more: string[]) =>
    admin('client', 'add', '--name', name, '--redirect', 'https://chart.example/', '--public', ...more)

  test('J05 a name that shows nothing, or looks like another, is refused by name', async () => {
    expect((await add('Terminal Chart')).status).toBe(0)
    for (const name of ['\u2800', '\u3164', 'Terminal Ch\u0430rt', 'Chart\u034f', '\u202etrahC']) {
      const { status, error } = await add(name)
      expect([status, error]).toEqual([1, expect.stringContaining('client_name')])
    }
    const { status, out } = await add('Chart     Two')
    expect([status, JSON.parse(out).client_name]).toEqual([0, 'Chart Two'])
    const person = await admin('user', 'add', '--name', '\u3164', '--role', 'admin')
    expect([person.status, person.error]).toEqual([2, expect.stringContaining('shows no letter')])
  })

  // SQLite lets one process write at a time.
  test.each(engine === 'postgres' ? [['Heart Coach', 'Heart C0ach']] : [])(
    'J05 of names that look alike and come at once, one is registered: %s and %s',
    async (...names) => {
      const store = await database.open()
      const waiting = async (db: Db) => {
        const { rows } = await sql<{ count: number }>`
        select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
          db,
        )
        return rows[0]?.count
      }
      // Both are under way before either can store its name.
      const { both } = await store.write(async (trx) => {
        await sql`lock table oauth_record in share mode`.execute(trx)
        const both = names.map((name) => add(name))
        await expect.poll(() => waiting(store.db), { timeout: 20_000 }).toBe(2)
        return { both }
      })
      const results = await Promise.all(both)
      expect(results.map(({ status }) => status).sort()).toEqual([0, 1])
      expect(results.find(({ status }) => status === 1)?.error).toMatch(
        /not registered: client_name looks like "Heart C.ach"/,
      )
      await store.close()
    },
  )

  test('J02 J04 a list of scopes beyond the budget, or with a limit that has no words, is refused', async () => {
    const many = Array.from({ length: 11 }, (_, at) => `patient/Observation.rs?code=${at}`).join(' ')
    const over = await add('Many', '--scope', many)
    expect([over.status, over.error]).toEqual([
      1,
      expect.stringContaining('more than 10 scopes with a limit'),
    ])
    const unsaid = await add('Unsaid', '--scope', 'patient/Observation.rs?date=ne2024')
    expect([unsaid.status, unsaid.error]).toEqual([
      1,
      expect.stringContaining('limit by date of patient/Observation'),
    ])
  })
})
