import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasPostgres } from '../../fixtures/postgres.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import type { Comparison, Sample, Side } from '../comparison.ts'
import { doJob, startJob } from '../job.ts'
import { prepareOrganization } from '../organization.ts'
import { median } from '../statistics.ts'
import { fillWithPatients, patientDatabase } from './database.ts'
import type { RequestLoad, RequestLoaded } from './load.ts'
import type { LogCostJob } from './log-cost.ts'
import { REQUESTS, WAITING, withoutPageLink } from './requests.ts'

export interface Size {
  readonly patients: number
  readonly engine: 'sqlite' | 'postgres'
}

const VARIANTS = Object.entries(REQUESTS).flatMap(([name, path]) =>
  WAITING.map((waiting) => ({ variant: `${name}, ${waiting} waiting`, path, waiting })),
)
const MOST_WAITING = Math.max(...WAITING)
const WITH_AIM = VARIANTS.filter(({ waiting }) => waiting === MOST_WAITING)
/** The variant whose time the log's cost is compared with. */
const LOGGED = `exact name, ${MOST_WAITING} waiting`
const AIM = 0.8

/** As `npm run server` starts it. */
const FLAGS = ['--max-semi-space-size=4']

const script = (path: string) => new URL(path, import.meta.url)

/** Compares a clinician's requests through the whole server with the same SQL and text on bare node:http. */
export const fhir = ({ patients, engine }: Size): Comparison => ({
  name: `fhir ${engine} ${patients.toLocaleString('en')}`,
  contenders: {
    ours: 'token, guard, SQL, durable entry in the access log',
    bare: 'the same SQL and text on node:http',
  },
  unit: 'requests/s',
  prepare: async ({ forMs, profiles }) => {
    if (engine === 'postgres' && !hasPostgres) throw new Error('PostgreSQL is not installed.')
    const [{ config, database, remove }, { access_token: accessToken }] = await prepareOrganization(
      `fhir-${patients}`,
      (base) => signIn(base, { username: 'lee', scope: 'openid fhirUser user/*.rs', application: carekey }),
      engine,
      async (target) => {
        if (engine === 'postgres') return fillWithPatients(target, patients)
        await copyFile(await patientDatabase(patients), target.replace(/^sqlite:/, ''))
      },
    )
    const bodies = new Map<string, string>()
    /** Megabytes after each variant of Carekey. */
    const memory = new Map<string, number[]>()
    /** Milliseconds of CPU for one request to Carekey, by variant. */
    const costs = new Map<string, number[]>()

    const measure = async (side: Side): Promise<Record<string, Sample>> => {
      const ours = side === 'ours'
      const server = await startJob(
        script(ours ? '../guarded-server.ts' : 'bare-server.ts'),
        { config, database },
        ours ? { profiles, flags: FLAGS } : {},
      )
      const samples: Record<string, Sample> = {}
      try {
        for (const { variant, path, waiting } of VARIANTS) {
          const load = { port: config.port, accessToken, path, waiting, warmMs: forMs / 3, forMs }
          const before = await server.usage()
          const loaded = await doJob<RequestLoad, RequestLoaded>(script('load.ts'), load)
          const after = await server.usage()
          samples[variant] = loaded.sample
          requireSame(bodies, path, withoutPageLink(loaded.body))
          if (!ours) continue
          memory.set(variant, [...(memory.get(variant) ?? []), after.memoryMb])
          costs.set(variant, [...(costs.get(variant) ?? []), (after.cpuMs - before.cpuMs) / loaded.requests])
        }
      } finally {
        await server.stop()
      }
      return samples
    }

    const findings = async (): Promise<string[]> => {
      const keys = await mkdtemp(join(tmpdir(), 'carekey-bench-'))
      const job = { config, database, logKey: join(keys, 'log-key'), waiting: MOST_WAITING }
      const entry = await doJob<LogCostJob, number>(script('log-cost.ts'), job)
      await rm(keys, { recursive: true })
      const request = median(costs.get(LOGGED) ?? [])
      const share = Math.round((100 * entry) / request)
      return [
        ...WITH_AIM.map(
          ({ variant }) =>
            `${variant}: ${microseconds(median(costs.get(variant) ?? []))} of CPU a request; ${Math.round(Math.max(...(memory.get(variant) ?? [])))} MB of memory after it at most`,
        ),
        `an entry in the log: ${microseconds(entry)} of CPU, ${share} % of the request at ${LOGGED}`,
      ]
    }
    const aims = Object.fromEntries(WITH_AIM.map(({ variant }) => [variant, AIM]))
    return { measure, aims, findings, close: remove }
  },
})

const requireSame = (bodies: Map<string, string>, path: string, body: string): void => {
  const cached = bodies.get(path) ?? body
  bodies.set(path, cached)
  if (cached !== body)
    throw new Error(
      `The contenders answer ${path} differently:\n${cached.slice(0, 2000)}\n${body.slice(0, 2000)}`,
    )
}

const microseconds = (ms: number): string => `${Math.round(ms * 1000)} µs`
