import { copyFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { exportJWK } from 'jose'
import type { Config } from '../../../server/config.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import type { Comparison, Sample, Side } from '../comparison.ts'
import { patientDatabase } from '../fhir/database.ts'
import type { RequestLoad, RequestLoaded } from '../fhir/load.ts'
import { ASKED } from '../fhir/patients.ts'
import { doJob, startJob } from '../job.ts'
import { prepareOrganization } from '../organization.ts'
import { median, quantile } from '../statistics.ts'

const PATIENTS = 1_000
const VITALS = `Observation?patient=${ASKED.id}&category=vital-signs&_sort=-date`
const REQUESTS = {
  read: `Patient/${ASKED.id}`,
  'search of 20': `${VITALS}&_count=20`,
  'page of 200': `${VITALS}&_count=200`,
}
const VARIANTS = Object.entries(REQUESTS).flatMap(([name, path]) =>
  [1, 32].map((waiting) => ({ variant: `${name}, ${waiting} waiting`, path, waiting })),
)
const AIM = 0.7
const SIDES: readonly Side[] = ['ours', 'bare']

/** As `npm run server` starts it. */
const FLAGS = ['--max-semi-space-size=4']

const script = (path: string) => new URL(path, import.meta.url)

const asLee = (base: string) =>
  signIn(base, { username: 'lee', scope: 'openid fhirUser user/*.rs', application: carekey })

/**
 * Compares a clinician's requests through Carekey in front of another FHIR server with the same requests sent to that server,
 * which is another Carekey.
 */
export const gateway: Comparison = {
  name: 'gateway',
  contenders: {
    ours: 'token, guard, entry in the log, and another Carekey upstream by SMART Backend Services',
    bare: 'that Carekey, asked directly',
  },
  unit: 'requests/s',
  prepare: async ({ forMs, profiles }) => {
    const [upstream, { client, direct }] = await prepareOrganization(
      'gateway-upstream',
      async (base, store) => ({
        client: await registerSignedClient({ url: base, store }),
        direct: (await asLee(base)).access_token,
      }),
      'sqlite',
      async (target) => copyFile(await patientDatabase(PATIENTS), target.replace(/^sqlite:/, '')),
    )
    const [front, { access_token: guarded }] = await prepareOrganization('gateway-front', asLee)
    const keyFile = resolve('.cache/bench/gateway-front/upstream-key.json')
    const key = { ...(await exportJWK(client.privateKey)), kid: client.publicKey.kid }
    await writeFile(keyFile, JSON.stringify(key), { mode: 0o600 })
    const config: Config = {
      ...front.config,
      source: {
        kind: 'fhir',
        base: `${upstream.config.publicUrl}/fhir`,
        authentication: { kind: 'smart-backend', clientId: client.clientId, keyFile },
      },
    }
    const times: Record<Side, Map<string, number[]>> = { ours: new Map(), bare: new Map() }
    /** Milliseconds of CPU for one request, of the server that gets it. */
    const costs: Record<Side, Map<string, number[]>> = { ours: new Map(), bare: new Map() }
    const memory: number[] = []

    const measure = async (side: Side): Promise<Record<string, Sample>> => {
      const ours = side === 'ours'
      const behind = await startJob(
        script('../guarded-server.ts'),
        { config: upstream.config, database: upstream.database },
        { flags: FLAGS },
      )
      const server = ours
        ? await startJob(
            script('../guarded-server.ts'),
            { config, database: front.database },
            { profiles, flags: FLAGS },
          )
        : behind
      const { port } = ours ? config : upstream.config
      const samples: Record<string, Sample> = {}
      try {
        for (const { variant, path, waiting } of VARIANTS) {
          const load = { port, accessToken: ours ? guarded : direct, path, waiting, warmMs: forMs / 3, forMs }
          const before = await server.usage()
          const { sample, requests } = await doJob<RequestLoad, RequestLoaded>(
            script('../fhir/load.ts'),
            load,
          )
          const after = await server.usage()
          samples[variant] = sample
          times[side].set(variant, [...(times[side].get(variant) ?? []), ...sample.times])
          costs[side].set(variant, [
            ...(costs[side].get(variant) ?? []),
            (after.cpuMs - before.cpuMs) / requests,
          ])
        }
        if (ours) memory.push((await server.usage()).memoryMb)
      } finally {
        if (ours) await server.stop()
        await behind.stop()
      }
      return samples
    }

    const findings = async (): Promise<string[]> => [
      ...VARIANTS.map(({ variant }) => {
        const [ours = 0, bare = 0] = SIDES.map((side) => quantile(times[side].get(variant) ?? [], 0.5))
        const [front = 0, behind = 0] = SIDES.map((side) => median(costs[side].get(variant) ?? []))
        return `${variant}: ${(ours - bare).toFixed(1)} ms added at the median; a request costs ${front.toFixed(2)} ms of CPU in front, ${behind.toFixed(2)} ms behind`
      }),
      `${Math.round(Math.max(...memory))} MB of memory after a round at most`,
    ]
    const aims = Object.fromEntries(
      VARIANTS.filter(({ waiting }) => waiting > 1).map(({ variant }) => [variant, AIM]),
    )
    const close = async () => {
      await upstream.remove()
      await front.remove()
    }
    return { measure, aims, findings, close }
  },
}
