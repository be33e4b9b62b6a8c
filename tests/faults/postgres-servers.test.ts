import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../server/start/open-database.ts'
import { hasPostgres } from '../fixtures/postgres.ts'
import { riverside } from '../fixtures/seeded-database.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { createOwnPostgres } from '../fixtures/store.ts'
import { obtainCode, readRecord, redeem, refresh } from '../fixtures/token-requests.ts'

test.runIf(hasPostgres)(
  'T12 of two servers that an address names, the one that takes writes is used, also after a failover',
  async () => {
    const database = await createOwnPostgres(riverside)
    onTestFinished(() => database.close())
    const standby = await database.postgres.follow()
    onTestFinished(() => standby.stop())
    const [first, second] = [new URL(standby.addressOf(database.url)), new URL(database.url)]
    const { username, pathname } = first
    // The standby is first, so that it has to be passed over.
    const db = `postgres://${username}@${first.host},${second.host}${pathname}?target_session_attrs=read-write`
    const server = await startServerProcess({ db, logKey: database.logKey })
    onTestFinished(() => server.stop())
    const { url } = server
    const { body: token } = await redeem(url, await obtainCode(url))
    expect(await readRecord(url, token.access_token)).toBe(200)

    await database.postgres.crash()
    expect(await readRecord(url, token.access_token)).toBe(503)
    standby.promote()
    expect(await readRecord(url, token.access_token)).toBe(200)
    expect((await refresh(url, token.refresh_token)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)

    // A connection that was open when its server began to refuse writes is not used again.
    const store = await openStore(`${db}&application_name=own`)
    onTestFinished(() => store.close())
    const write = () => store.write((trx) => trx.deleteFrom('setting').where('name', '=', 'none').execute())
    await write()
    await sql`set default_transaction_read_only = on`.execute(store.db)
    await expect(write()).rejects.toThrow()
    await write()
  },
  120_000,
)

test.runIf(hasPostgres)(
  'T12 a server whose connections are all in use is not left for another',
  async () => {
    const database = await createOwnPostgres(riverside)
    onTestFinished(() => database.close())
    const address = new URL(database.url)
    const { username, pathname } = address
    const store = await openStore(`postgres://${username}@${address.host},127.0.0.1:1${pathname}`)
    onTestFinished(() => store.close())
    const read = () => store.db.selectFrom('setting').select('name').limit(1).execute()
    const beside = await database.open()
    onTestFinished(() => beside.close())
    const hold = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    const holding = beside.db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(1)`.execute(trx)
      locked.resolve()
      await hold.promise
    })
    await locked.promise
    const busy = Array.from({ length: 10 }, () => sql`select pg_advisory_xact_lock(1)`.execute(store.db))
    await expect(read()).rejects.toThrow()
    let isRead = false
    const late = Promise.all([read(), read(), read(), read()]).then(() => {
      isRead = true
    })
    await sleep(1_000)
    // Another server, or the same one anew, would have free connections.
    expect(isRead).toBe(false)
    hold.resolve()
    await Promise.all([holding, ...busy, late])
  },
  60_000,
)
