import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../server/app.ts'
import type { Config } from '../../server/config.ts'
import { openStore } from '../../server/start/open-database.ts'
import { answerJob } from './job.ts'

export interface ServerJob {
  readonly config: Config
  readonly database: string
  /** The folder with the keys of another process that serves the same database. */
  readonly keys?: string
}

/** The organization as in production: the whole application on its durable store. @returns the folder with its keys. */
answerJob(async ({ config, database, keys }: ServerJob): Promise<string> => {
  // Each run gets new keys and a copy of the same database, whose log another run's key may have signed.
  const folder = keys ?? (await mkdtemp(join(tmpdir(), 'carekey-bench-')))
  const logKey = { file: join(folder, 'bench.log-key'), acceptRollback: true, isLost: true }
  const keyFile = join(folder, 'bench.keys')
  const store = await openStore(database)
  if (!keys)
    await store.write((trx) => trx.deleteFrom('setting').where('name', '=', 'keys.signing').execute())
  const app = await createApp({ config, store, clock: Date.now, keyFile, logKey })
  await app.listen({ host: config.host, port: config.port })
  return folder
})
