import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../server/app.ts'
import { openStore } from '../../server/cli/database.ts'
import type { Config } from '../../server/config.ts'
import { answerJob } from './job.ts'

/** The organization as in production: the whole application on its durable store. */
answerJob(async ({ config, database }: { config: Config; database: string }) => {
  // Each run gets new keys and a copy of the same database, whose log another run's key may have signed.
  const folder = await mkdtemp(join(tmpdir(), 'carekey-bench-'))
  const logKey = { file: join(folder, 'bench.log-key'), acceptRollback: true }
  const keyFile = join(folder, 'bench.keys')
  const store = await openStore(database)
  await store.write((trx) => trx.deleteFrom('setting').where('name', '=', 'keys.signing').execute())
  const app = await createApp({ config, store, clock: Date.now, keyFile, logKey })
  await app.listen({ host: config.host, port: config.port })
})
