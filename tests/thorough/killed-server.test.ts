import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { findPinnedCheckpoint } from '../../server/audit/checkpoint/log-key.ts'
import { verifyLog } from '../../server/audit/verify/verify-log.ts'
import { halfDone } from '../faults/half-done.ts'
import { createRecordLoad } from '../faults/record-load.ts'
import { createTokenLoad } from '../faults/token-load.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { riverside } from '../fixtures/seeded-database.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { createDatabase, createOwnPostgres, engines } from '../fixtures/store.ts'
import { obtainCode, readRecord, refresh } from '../fixtures/token-requests.ts'

/** How often a server is killed; on PostgreSQL, the database server and the token server in turn. */
const KILLS = { sqlite: 100, postgres: 9 }
/** The number of answers after which a server may be killed. */
const ANSWERS = 3
/** Servers that start while another is under load. */
const STARTING = 2

test.each(engines)(
  'on %s nothing is lost, half done or used twice, whenever the server is killed',
  async (engine) => {
    const own = engine === 'postgres' ? await createOwnPostgres(riverside) : undefined
    const database = own ?? (await createDatabase(engine, riverside))
    const store = await database.open()
    const servers: Promise<ServerProcess>[] = []
    onTestFinished(async () => {
      await store.close()
      for (const server of servers)
        await server.then(
          ({ kill }) => kill(),
          () => undefined,
        )
      await database.close()
    })
    const start = (publicUrl?: string) => {
      const server = startServerProcess({
        db: database.url,
        logKey: database.logKey,
        ...(publicUrl && { publicUrl }),
      })
      servers.push(server)
      return server
    }
    // People sign in at a server that is not killed; tokens are requested from other servers of the same organization.
    const desk = await start()
    const startVictim = () => start(desk.url)
    const victims: Promise<ServerProcess>[] = Array.from({ length: STARTING }, startVictim)
    const load = createTokenLoad()
    const record = await createRecordLoad(desk.url)
    /** A killed server may leave entries without a place, or a checkpoint that is not stored beside the key. */
    const verify = async () => {
      const pinned = (await findPinnedCheckpoint(database.logKey)) ?? expect.fail()
      const others = [{ note: pinned, label: 'beside the key' }]
      return verifyLog(store.db, await readLogKey(database.logKey), { others })
    }
    const signIn = () => Promise.all(Array.from({ length: 2 }, () => obtainCode(desk.url)))

    for (let kill = 0; kill < KILLS[engine]; kill++) {
      const victim = (await victims.shift()) ?? expect.fail()
      await load.settle(victim.url)
      await verify()
      // A password that a killed process was checking counts as wrong; after ten of them nobody could sign in for a while.
      await store.write((trx) => trx.deleteFrom('rate_limit').execute())
      const codes = await signIn()
      const answering = Promise.withResolvers<void>()
      let answers = 0
      const count = () => {
        if (++answers === ANSWERS) answering.resolve()
      }
      const running = Promise.all([load.run(victim.url, codes), record.run(victim.url, count)])
      // Kills it in the middle of its work, not during its first steps.
      await Promise.race([answering.promise, running])
      await sleep(Math.random() * 80)
      if (own && kill % 3 === 2) {
        await Promise.all(victims)
        await own.postgres.crash()
        await running
        await own.postgres.start()
        await victim.kill()
      } else {
        await victim.kill()
        await running
      }
      if (kill + STARTING < KILLS[engine]) victims.push(startVictim())
    }

    await load.settle(desk.url)
    expect([...load.faults, ...record.faults]).toEqual([])
    expect(load.acknowledged.size).toBeGreaterThan(KILLS[engine] * 4)
    const answeredRequests = [...record.requests.values()].filter(({ answered }) => answered)
    expect(answeredRequests.length).toBeGreaterThan(KILLS[engine] * 2)
    for (const { accessToken, refreshToken } of load.chains) {
      expect(await readRecord(desk.url, accessToken)).toBe(200)
      expect((await refresh(desk.url, refreshToken)).status).toBe(200)
    }
    expect(await halfDone(store, load, record)).toEqual([])
    expect((await verify()).entries).toBeGreaterThan(load.acknowledged.size)
  },
  600_000,
)
