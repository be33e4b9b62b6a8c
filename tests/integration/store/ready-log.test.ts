import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { runVerify } from '../../fixtures/run-command.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'
import { config } from '../audit/logged.ts'

const start = async (engine: (typeof engines)[number]) => {
  const database = await createDatabase(engine)
  const { keyFile, logKey } = database
  const [store, other] = [await database.open(), await database.open()]
  let now = 0
  const app = await createApp({
    ...{ config, store, clock: Date.now, elapsed: () => now, keyFile, logKey: { file: logKey } },
  })
  return {
    ...{ database, store, other },
    /** Asks a second later, so that the server acts again. */
    ready: async () => {
      now += 1_000
      return (await app.inject('/readyz')).json()
    },
    stop: () => app.close(),
    close: async () => {
      await store.close()
      await other.close()
      await database.close()
    },
  }
}
const unready = { status: 'not-ready', reason: 'store-unreachable', detail: expect.any(String) }

it.each(engines)(
  'T03 a server that can add no entry to its log is not ready, and its tries leave none, on %s',
  { timeout: 60_000 },
  async (engine) => {
    const { database, store, other, ready, stop, close } = await start(engine)
    const count = async () => (await store.db.selectFrom('audit_event').select('seq').execute()).length
    for (let time = 0; time < 5; time++) expect(await ready()).toEqual({ status: 'ready' })
    expect(await count()).toBe(0)
    const run = (statement: string) =>
      other.write(async (trx) => {
        await sql.raw(statement).execute(trx)
      })
    if (engine === 'postgres')
      await run(
        `create function refused() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$`,
      )
    await run(
      engine === 'sqlite'
        ? `create trigger refused before insert on audit_event begin select raise(abort, 'refused'); end`
        : 'create trigger refused before insert on audit_event execute function refused()',
    )
    expect(await ready()).toEqual(unready)
    await run(`drop trigger refused${engine === 'sqlite' ? '' : ' on audit_event'}`)
    expect(await ready()).toEqual({ status: 'ready' })
    await stop()
    expect(await runVerify(['--db', database.url, '--log-key', database.logKey])).toMatchObject({ status: 0 })
    await close()
  },
)

it.each(engines.filter((engine) => engine === 'postgres'))(
  'T03 a server whose log is locked is not ready',
  { timeout: 60_000 },
  async () => {
    const { other, ready, stop, close } = await start('postgres')
    await other.write(async (trx) => {
      await sql`lock table audit_event in share mode`.execute(trx)
      expect(await ready()).toEqual(unready)
    })
    await expect.poll(ready, { timeout: 20_000 }).toEqual({ status: 'ready' })
    await stop()
    await close()
  },
)
