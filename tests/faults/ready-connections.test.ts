import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { openPostgres } from '../../server/store/postgres/postgres.ts'
import { createDatabase, engines } from '../fixtures/store.ts'
import { appOn } from '../integration/store/app-on.ts'

test.runIf(engines.includes('postgres')).each([
  {
    refusal: 'nologin',
    allowance: 'login',
    reason: 'store-unreachable',
    answer: 'is not ready until it takes one',
  },
  // Those that it has go on, and others may give theirs back.
  {
    refusal: 'connection limit 0',
    allowance: 'connection limit -1',
    reason: undefined,
    answer: 'stays ready',
  },
])(
  'T03 a server whose PostgreSQL refuses further connections with "$refusal" $answer',
  async ({ refusal, allowance, reason }) => {
    const database = await createDatabase('postgres')
    const superuser = await openPostgres(database.url)
    const role = `role_${randomUUID().replaceAll('-', '')}`
    const run = (statement: string) => sql.raw(statement).execute(superuser.db)
    await run(`create role "${role}" login`)
    await run('drop schema public cascade')
    await run(`create schema public authorization "${role}"`)
    const store = await openPostgres(Object.assign(new URL(database.url), { username: role }).href)
    let now = 0
    const app = await appOn(store, dirname(database.keyFile), { elapsed: () => now })
    const ready = async () => {
      now += 1_000
      return (await app.inject('/readyz')).json()
    }
    expect(await ready()).toEqual({ status: 'ready' })
    await run(`alter role "${role}" ${refusal}`)
    const statements = Array.from({ length: 10 }, () => sql`select pg_sleep(0.2)`.execute(store.db))
    const outcomes = new Set((await Promise.allSettled(statements)).map(({ status }) => status))
    expect(outcomes).toEqual(new Set(['fulfilled', 'rejected']))
    const unready = { status: 'not-ready', reason, detail: expect.any(String) }
    for (let time = 0; time < 2; time++) expect(await ready()).toEqual(reason ? unready : { status: 'ready' })
    // It tries by itself, because nobody else may need another connection.
    await run(`alter role "${role}" ${allowance}`)
    expect(await ready()).toEqual({ status: 'ready' })
    await app.close()
    await store.close()
    await run(`drop owned by "${role}"`)
    await run(`drop role "${role}"`)
    await superuser.close()
    await database.close()
  },
)
