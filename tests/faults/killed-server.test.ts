import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { findLogKey, findPinnedCheckpoint } from '../../server/audit/log-key.ts'
import { verifyLog } from '../../server/audit/verify-log.ts'
import { storedId, tokenRef } from '../../server/oauth/engine/stored-id.ts'
import type { Store } from '../../server/store/store.ts'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { createDatabase, engines } from '../fixtures/store.ts'
import { obtainCode, readRecord, refresh } from '../fixtures/token-requests.ts'
import { createTokenLoad, type TokenLoad } from './token-load.ts'

/** How often a server is killed; on PostgreSQL, that server in turns with the server of tokens. */
const KILLS = { sqlite: 100, postgres: 24 }
/** Servers that start while another is under load. */
const STARTING = 2

test.each(engines)(
  'on %s nothing is lost or used twice, whenever the server is killed',
  async (engine) => {
    const database = await createDatabase(engine)
    const started: Promise<ServerProcess>[] = []
    onTestFinished(async () => {
      for (const server of started)
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
      started.push(server)
      return server
    }
    // People sign in here; it lives on. Tokens are asked for at the others, of the same organization.
    const desk = await start()
    const startVictim = () => start(desk.url)
    const victims: Promise<ServerProcess>[] = Array.from({ length: STARTING }, startVictim)
    const load = createTokenLoad()
    const signIn = () => Promise.all(Array.from({ length: 4 }, () => obtainCode(desk.url)))

    for (let kill = 0; kill < KILLS[engine]; kill++) {
      const victim = (await victims.shift()) ?? expect.fail()
      await load.settle(victim.url)
      const codes = await signIn()
      const running = load.run(victim.url, codes)
      await sleep(5 + Math.random() * 80)
      if (database.postgres && kill % 3 === 2) {
        await Promise.all(victims)
        await database.postgres.crash()
        await running
        await database.postgres.start()
        await victim.kill()
      } else {
        await victim.kill()
        await running
      }
      if (kill + STARTING < KILLS[engine]) victims.push(startVictim())
    }

    await load.settle(desk.url)
    expect(load.faults).toEqual([])
    expect(load.acknowledged.size).toBeGreaterThan(KILLS[engine] * 4)
    for (const { accessToken, refreshToken } of load.chains) {
      expect(await readRecord(desk.url, accessToken)).toBe(200)
      expect((await refresh(desk.url, refreshToken)).status).toBe(200)
    }
    const store = await database.open()
    expect(await unlogged(store, load)).toEqual([])
    // Whoever was killed left entries without a place, or a checkpoint that nobody laid beside the key.
    const pinned = (await findPinnedCheckpoint(database.logKey)) ?? expect.fail()
    const others = [{ note: pinned, from: 'beside the key' }]
    const { entries } = await verifyLog(store.db, await findLogKey(database.logKey), others)
    expect(entries).toBeGreaterThan(load.acknowledged.size)
    await store.close()
  },
  300_000,
)

/** Tokens that were given without an entry in the access log. */
const unlogged = async (store: Store, { acknowledged }: TokenLoad): Promise<string[]> => {
  const entries = await store.db
    .selectFrom('audit_event')
    .select('json')
    .where('subtype', '=', 'token')
    .where('outcome', '=', '0')
    .execute()
  const named = new Set(
    entries.flatMap(({ json }) => [...json.matchAll(/urn:carekey:token:([\w-]+)/g)].map(([, ref]) => ref)),
  )
  return [...acknowledged].filter((token) => !named.has(tokenRef(storedId(token))))
}
