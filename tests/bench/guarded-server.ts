import { createApp } from '../../server/app.ts'
import { openStore } from '../../server/cli/database.ts'
import type { Config } from '../../server/config.ts'
import { answerJob } from './job.ts'

/** The organization as it is run: the whole application on its durable store. */
answerJob(async ({ config, database }: { config: Config; database: string }) => {
  const app = await createApp({ config, store: await openStore(database), clock: Date.now })
  await app.listen({ host: config.host, port: config.port })
})
