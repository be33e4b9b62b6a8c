import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Config } from '../../../server/config.ts'
import type { Engine } from '../../../server/store/tables/dialect.ts'
import type { Sample } from '../comparison.ts'
import type { RequestLoad, RequestLoaded } from '../fhir/load.ts'
import type { LogCostJob } from '../fhir/log-cost.ts'
import { REQUESTS } from '../fhir/requests.ts'
import { doJob, startJob } from '../job.ts'
import type { TokenLoad, TokenLoaded } from '../token/load.ts'
import type { FillJob } from './fill.ts'

/** An organization that runs the code of one version. */
export interface Version {
  /** Returns results by variant. Everything is measured in new processes, on new copies of the database. */
  measure(forMs: number): Promise<Readonly<Record<string, Sample>>>
  remove(): Promise<void>
}

const PATIENTS = 1_000
const WAITING = [1, 32]
const MOST_WAITING = Math.max(...WAITING)
const CHAINS = MOST_WAITING
/** As `npm run server` starts it. */
const FLAGS = ['--max-semi-space-size=4']
const READS = { read: REQUESTS.read ?? '', 'exact name': REQUESTS['exact name'] ?? '' }

const script = (path: string) => new URL(path, import.meta.url)

/**
 * @param name names the folder of its database.
 * @param folder the version's work tree. Only the processes that send requests run this version's code instead.
 */
export const prepareVersion = async (name: string, folder: string, engine: Engine): Promise<Version> => {
  const own = (path: string) => pathToFileURL(join(folder, 'tests', path))
  const { prepareOrganization } = (await import(
    own('bench/organization.ts').href
  )) as typeof import('../organization.ts')
  const { signIn, carekey } = (await import(
    own('fixtures/sign-in.ts').href
  )) as typeof import('../../fixtures/sign-in.ts')

  const signInAll = async (base: string) => {
    const options = { username: 'lee', scope: 'openid fhirUser user/*.rs', application: carekey }
    const { access_token: accessToken } = await signIn(base, options)
    const refreshTokens: string[] = []
    while (refreshTokens.length < CHAINS) {
      const scope = 'openid fhirUser offline_access launch/patient patient/*.rs'
      const answer = await signIn(base, { username: 'john', scope, application: carekey, window: 'day' })
      refreshTokens.push(answer.refresh_token ?? '')
    }
    return { accessToken, refreshTokens }
  }
  const [{ config, copy, remove }, { accessToken, refreshTokens }] = await prepareOrganization(
    `before-${name}`,
    signInAll,
    engine,
    (database) => doJob<FillJob, void>(script('fill.ts'), { database, patients: PATIENTS }, { cwd: folder }),
  )

  const measureServer = async (forMs: number): Promise<Record<string, Sample>> => {
    const job: { config: Config; database: string } = { config, database: await copy() }
    const server = await startJob(own('bench/guarded-server.ts'), job, { flags: FLAGS, cwd: folder })
    const samples: Record<string, Sample> = {}
    try {
      for (const [name, path] of Object.entries(READS))
        for (const waiting of WAITING) {
          const load = { port: config.port, accessToken, path, waiting, warmMs: forMs / 3, forMs }
          const start = await server.usage()
          const { sample, requests } = await doJob<RequestLoad, RequestLoaded>(
            script('../fhir/load.ts'),
            load,
          )
          const end = await server.usage()
          samples[`${name}, ${waiting} waiting`] = sample
          if (waiting === MOST_WAITING) samples[`${name}, CPU`] = cpu((end.cpuMs - start.cpuMs) / requests)
        }
      let chains = refreshTokens.map((refreshToken) => ({ refreshToken }))
      for (const waiting of WAITING) {
        const form = `grant_type=refresh_token&client_id=${carekey.client_id}&refresh_token=`
        const load: TokenLoad = {
          ...{ port: config.port, what: 'refresh', form, values: [], chains },
          ...{ waiting, warmMs: forMs / 3, forMs },
        }
        const refreshed = await doJob<TokenLoad, TokenLoaded>(script('../token/load.ts'), load)
        chains = [...refreshed.chains]
        samples[`refresh, ${waiting} waiting`] = refreshed.sample
      }
      return samples
    } finally {
      await server.stop()
    }
  }
  const measureEntry = async (): Promise<Sample> => {
    const database = await copy()
    const keys = await mkdtemp(join(tmpdir(), 'carekey-bench-'))
    const job: LogCostJob = { config, database, logKey: join(keys, 'log-key'), waiting: MOST_WAITING }
    const cost = await doJob<LogCostJob, number>(own('bench/fhir/log-cost.ts'), job, { cwd: folder })
    await rm(keys, { recursive: true })
    return cpu(cost)
  }
  return {
    measure: async (forMs) => ({
      'an entry in the log, CPU': await measureEntry(),
      ...(await measureServer(forMs)),
    }),
    remove,
  }
}

const cpu = (ms: number): Sample => ({ value: ms * 1000, unit: 'µs', times: [] })
