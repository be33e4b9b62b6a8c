import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { freePort } from '../../scripts/server-process.ts'
import { createApp } from '../../server/app.ts'
import type { Config } from '../../server/config.ts'
import { demoOrganizations } from '../../server/demo/organizations.ts'
import { openStore } from '../../server/start/open-database.ts'
import type { Store } from '../../server/store/store.ts'
import type { Engine } from '../../server/store/tables/dialect.ts'
import { startPostgres } from '../fixtures/postgres.ts'
import { seedOrganization } from '../fixtures/seed.ts'

/** An organization in its state before a measurement. Each contender gets a copy. */
export interface PreparedOrganization {
  readonly config: Config
  /** Its database itself, for measurements that change nothing. */
  readonly database: string
  /** A new copy of its database, as `--db` accepts it. */
  copy(): Promise<string>
  remove(): Promise<void>
}

/**
 * Riverside Clinic, with people signed in.
 *
 * @param name names its folder.
 * @param signIn is called while the server listens; its result is passed on.
 * @param fill creates a larger database than the demo's.
 */
export const prepareOrganization = async <T>(
  name: string,
  signIn: (base: string, store: Store) => Promise<T>,
  engine: Engine = 'sqlite',
  fill: (database: string) => Promise<void> = async () => {},
): Promise<[PreparedOrganization, T]> => {
  const { master, logKey, copy, remove } = await (engine === 'sqlite' ? onDisk(name) : onPostgres())
  const port = await freePort()
  // One address for all rounds, because a token is only for the FHIR base that it was requested for.
  const config: Config = {
    publicUrl: `http://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    source: { kind: 'embedded' },
    organization: demoOrganizations.riverside,
    demo: 'riverside',
  }
  await fill(master)
  const store = await openStore(master)
  await seedOrganization(store, 'riverside', config, Date.now)
  const app = await createApp({
    config,
    store,
    clock: Date.now,
    keyFile: `${logKey}.keys`,
    logKey: { file: logKey },
  })
  await app.listen({ host: config.host, port })
  const signedIn = await signIn(config.publicUrl, store)
  await app.close()
  await store.close()
  return [{ config, database: master, copy, remove }, signedIn]
}

const onDisk = async (name: string) => {
  // On the repository's disk, because the temporary folder may be in memory, where a durable commit costs nothing.
  const folder = resolve('.cache/bench', name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const master = join(folder, 'master.db')
  const path = join(folder, 'copy.db')
  return {
    master: `sqlite:${master}`,
    logKey: join(folder, 'master.log-key'),
    copy: async () => {
      for (const suffix of ['', '-wal', '-shm']) await rm(`${path}${suffix}`, { force: true })
      await copyFile(master, path)
      return `sqlite:${path}`
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

const onPostgres = async () => {
  const postgres = await startPostgres()
  const master = await postgres.createDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'carekey-bench-'))
  return {
    master,
    logKey: join(folder, 'master.log-key'),
    copy: () => postgres.createDatabase(master),
    remove: async () => {
      await postgres.stop()
      await rm(folder, { recursive: true })
    },
  }
}
