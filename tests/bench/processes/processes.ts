import { join } from 'node:path'
import { freePort } from '../../../scripts/server-process.ts'
import { verifyLog } from '../../../server/audit/verify/verify-log.ts'
import { withReader } from '../../../server/start/open-database.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import type { Comparison, Sample, Side } from '../comparison.ts'
import { fillWithPatients } from '../fhir/database.ts'
import type { ServerJob } from '../guarded-server.ts'
import { doJob, type JobProcess, startJob } from '../job.ts'
import { type PreparedOrganization, prepareOrganization } from '../organization.ts'
import { OTHERS, onCores, SERVERS } from './cores.ts'
import type { QueueJob } from './place-queue.ts'
import { postgresUsage } from './postgres-usage.ts'
import { type Send, sendReads, sendRefreshes, signInAll } from './send.ts'

const PATIENTS = 1_000
const QUEUED = 40_000
/** A new process has compiled its code after about as many times the measurement. */
const WARM = 2
/** As `npm run server` starts it. */
const FLAGS = ['--max-semi-space-size=4']

const script = (path: string) => new URL(path, import.meta.url)

/** Compares two server processes on one PostgreSQL with one. */
export const processes: Comparison = {
  name: 'processes',
  contenders: { ours: 'two server processes', bare: 'one server process' },
  unit: 'requests/s',
  onlyByName: true,
  prepare: ({ forMs, profiles }) =>
    onCores(OTHERS, async () => {
      const [organization, { accessToken, refreshTokens }] = await prepareOrganization(
        'processes',
        signInAll,
        'postgres',
        (database) => fillWithPatients(database, PATIENTS),
      )
      const notes = new Map<string, string>()
      const measure = async (side: Side): Promise<Record<string, Sample>> => {
        const database = await organization.copy()
        const { servers, ports, keys } = await startServers(organization, database, side, profiles)
        const cpuNow = async () => {
          const usages = await Promise.all(servers.map((server) => server.usage()))
          return usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
        }
        const samples: Record<string, Sample> = {}
        const measureRate = async (send: Send, name: string): Promise<void> => {
          const before = { cpuMs: await cpuNow(), postgres: await postgresUsage(database) }
          const loaded = await send(ports, forMs)
          const after = { cpuMs: await cpuNow(), postgres: await postgresUsage(database) }
          const requests = loaded.reduce((sum, each) => sum + each.requests, 0)
          const cpu = (ms: number): Sample => ({ value: (ms * 1000) / requests, unit: 'µs', times: [] })
          samples[name] = {
            value: loaded.reduce((sum, { sample }) => sum + sample.value, 0),
            times: loaded.flatMap(({ sample }) => sample.times),
          }
          samples[`${name}, CPU of servers`] = cpu(after.cpuMs - before.cpuMs)
          samples[`${name}, CPU of PostgreSQL`] = cpu(after.postgres.cpuMs - before.postgres.cpuMs)
          const commits = (after.postgres.commits - before.postgres.commits) / requests
          notes.set(
            `${servers.length} × ${name}`,
            `${commits.toFixed(2)} commits a request, ${after.postgres.waiting} entries wait for their place at the end`,
          )
        }
        try {
          for (const [what, send] of [
            ['read', sendReads(accessToken)],
            ['refresh', sendRefreshes(refreshTokens)],
          ] as const) {
            await send(ports, WARM * forMs)
            await measureRate(send, `${what}, one core`)
            // For one process, something else takes the half core that another process would have.
            const busy =
              side === 'bare' ? await onCores(SERVERS, () => startJob(script('busy.ts'), {})) : undefined
            await measureRate(send, `${what}, half a core each`).finally(() => busy?.stop())
          }
        } finally {
          for (const server of servers) await server.stop()
        }
        await verify(database, keys)
        return samples
      }
      return {
        measure: (side) => onCores(OTHERS, () => measure(side)),
        aims: { 'read, half a core each': 1, 'refresh, half a core each': 1 },
        findings: async () => [
          ...[...notes].map(([name, note]) => `${name}: ${note}`),
          await onCores(OTHERS, () => placingAlone(organization)),
        ],
        close: organization.remove,
      }
    }),
}

/** @returns two ports; with one process, its port twice. */
const startServers = async (
  { config }: PreparedOrganization,
  database: string,
  side: Side,
  profiles: string | undefined,
) => {
  const start = (port: number, keys?: string): Promise<JobProcess<string>> => {
    const job: ServerJob = { config: { ...config, port }, database, ...(keys !== undefined && { keys }) }
    return onCores(SERVERS, () => startJob(script('../guarded-server.ts'), job, { flags: FLAGS, profiles }))
  }
  const first = await start(config.port)
  const keys = first.answer
  if (side === 'bare') return { servers: [first], ports: [config.port, config.port], keys }
  const port = await freePort()
  return { servers: [first, await start(port, keys)], ports: [config.port, port], keys }
}

/** Checks the log as `npm run audit:verify` does. @throws Finding */
const verify = async (database: string, keys: string): Promise<void> => {
  const key = await readLogKey(join(keys, 'bench.log-key'))
  await withReader(database, ({ db }) => verifyLog(db, key))
}

/** Measures how fast one process places entries that another wrote, while nothing else runs. */
const placingAlone = async ({ config, copy }: PreparedOrganization): Promise<string> => {
  const database = await copy()
  await doJob<QueueJob, undefined>(script('place-queue.ts'), { config, database, fill: QUEUED })
  const placed = await onCores(SERVERS, () =>
    doJob<QueueJob, { ms: number; cpuMs: number }>(script('place-queue.ts'), { config, database }),
  )
  return `one process alone places ${Math.round(1000 / placed.ms)} entries/s, in ${Math.round(placed.cpuMs * 1000)} µs of its CPU time each`
}
