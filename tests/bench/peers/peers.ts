import { copyFile, mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { freePort } from '../../../scripts/server-process.ts'
import { type Config, fhirBase } from '../../../server/config.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import type { Comparison, Sample, Side } from '../comparison.ts'
import { patientDatabase } from '../fhir/database.ts'
import type { RequestLoad, RequestLoaded } from '../fhir/load.ts'
import { REQUESTS } from '../fhir/requests.ts'
import { inTurns } from '../in-turns.ts'
import { doJob, type JobProcess, startJob } from '../job.ts'
import { prepareOrganization } from '../organization.ts'
import type { BareJob, BareServer } from '../token/bare-server.ts'
import { cloneCodes } from '../token/clone-codes.ts'
import { bareJob, signInAgain } from '../token/signed-in.ts'
import { createTokenRequests, SUPPLY, TOKEN_REQUESTS } from '../token/token-requests.ts'
import { BETTER_AUTH_PATH } from './better-auth.ts'
import type { BetterAuthJob } from './better-auth-server.ts'
import { installPeers } from './install-peers.ts'
import type { MedplumJob } from './medplum-server.ts'

const PATIENTS = 1_000
const WAITING = [1, 32]
const CODES = SUPPLY * WAITING.length
/** As `npm run server` starts it. */
const FLAGS = ['--max-semi-space-size=4']

const PATHS = {
  read: REQUESTS.read ?? '',
  'exact name': REQUESTS['exact name'] ?? '',
  'whole record': REQUESTS.everything ?? '',
}
const RECORD_REQUESTS = Object.keys(PATHS) as (keyof typeof PATHS)[]

const AIMS = {
  'oidc-provider: refresh, 1 waiting': 0.9,
  'oidc-provider: introspect, 1 waiting': 0.4,
  'oidc-provider: redeem, 1 waiting': 0.9,
  'oidc-provider: credentials, 1 waiting': 0.9,
  'oidc-provider: refresh, 32 waiting': 1.2,
  'oidc-provider: introspect, 32 waiting': 0.8,
  'oidc-provider: redeem, 32 waiting': 1.5,
  'oidc-provider: credentials, 32 waiting': 1.2,
  ...Object.fromEntries(
    ['refresh', 'introspect', 'redeem', 'credentials'].flatMap((what) => [
      [`better-auth: ${what}, 1 waiting`, 2],
      [`better-auth: ${what}, 32 waiting`, 3],
    ]),
  ),
  'medplum: read, 32 waiting': 0.2,
  'medplum: exact name, 32 waiting': 15,
  'medplum: whole record, 32 waiting': 8,
}

const script = (path: string) => new URL(path, import.meta.url)

type Measure = () => Promise<{ readonly sample: Sample; readonly requests: number }>

/** A server that has started, and what can be measured of it. */
interface Contender {
  readonly name: string
  readonly server: Pick<JobProcess<unknown>, 'usage' | 'stop'>
  readonly variants: ReadonlyMap<string, Measure>
}

/** Compares Carekey with other libraries that do parts of its work. docs/benchmarks.md says what each of them does not do. */
export const peers: Comparison = {
  name: 'peers',
  contenders: { ours: 'durable, guarded and logged', bare: 'the peer that the row names' },
  unit: 'requests/s',
  onlyByName: true,
  prepare: async ({ forMs, profiles }) => {
    await installPeers()
    const [{ config, copy, remove }, { signedIn, accessToken }] = await prepareOrganization(
      'peers',
      async (base, store) => {
        const lee = { username: 'lee', scope: 'openid fhirUser user/*.rs', application: carekey }
        return {
          signedIn: await signInAgain(base, store),
          accessToken: (await signIn(base, lee)).access_token,
        }
      },
      'sqlite',
      async (target) => copyFile(await patientDatabase(PATIENTS), target.replace(/^sqlite:/, '')),
    )
    const folder = resolve('.cache/bench/peers/databases')

    const tokenVariants = (contender: Omit<Parameters<typeof createTokenRequests>[0], 'signedIn'>) => {
      const request = createTokenRequests({ ...contender, signedIn })
      return variantsOf(TOKEN_REQUESTS, (what, waiting) =>
        request(what, { waiting, warmMs: forMs / 3, forMs }),
      )
    }
    const recordVariants = (port: number) =>
      variantsOf(RECORD_REQUESTS, (name, waiting) =>
        doJob<RequestLoad, RequestLoaded>(script('../fhir/load.ts'), {
          ...{ port, accessToken, path: PATHS[name], waiting, warmMs: forMs / 3, forMs },
        }),
      )
    /** The same organization at an address of its own, because all contenders listen at the same time. */
    const elsewhere = async (): Promise<Config> => {
      const port = await freePort()
      return { ...config, port, publicUrl: `http://127.0.0.1:${port}` }
    }

    const startOurs = async (): Promise<Contender> => {
      const { port } = config
      const database = await copy()
      const codes = await cloneCodes(database, signedIn.code.code, CODES)
      const job = { config, database }
      const server = await startJob(script('../guarded-server.ts'), job, { profiles, flags: FLAGS })
      const given = { refreshTokens: [...signedIn.refreshTokens], codes }
      const variants = new Map([...tokenVariants({ port, given }), ...recordVariants(port)])
      return { name: 'ours', server, variants }
    }
    const startEngine = async (): Promise<Contender> => {
      const at = await elsewhere()
      const job = { ...(await bareJob(at, signedIn, CODES)), durable: join(folder, 'oidc-provider.db') }
      const server = await startJob<BareJob, BareServer>(script('../token/bare-server.ts'), job)
      const audience = `${at.publicUrl}/oauth/token`
      const variants = tokenVariants({ port: at.port, given: server.answer, audience })
      return { name: 'oidc-provider', server, variants }
    }
    const startBetterAuth = async (): Promise<Contender> => {
      const at = await elsewhere()
      const server = await startJob<BetterAuthJob, BareServer>(script('better-auth-server.ts'), {
        ...(await bareJob(at, signedIn, CODES)),
        ...{ durable: join(folder, 'better-auth.db'), verifier: signedIn.code.verifier },
      })
      const variants = tokenVariants({
        ...{ port: at.port, given: server.answer, resource: fhirBase(at) },
        audience: `${at.publicUrl}${BETTER_AUTH_PATH}token`,
      })
      return { name: 'better-auth', server, variants }
    }
    const startMedplum = async (): Promise<Contender> => {
      const at = await elsewhere()
      const job = { config: at, patients: PATIENTS }
      const server = await startJob<MedplumJob, void>(script('medplum-server.ts'), job)
      return { name: 'medplum', server, variants: recordVariants(at.port) }
    }

    let round = 0
    const run = async (): Promise<Record<Side, Record<string, Sample>>> => {
      await rm(folder, { recursive: true, force: true })
      await mkdir(folder, { recursive: true })
      const contenders: Contender[] = []
      const samples = new Map<string, Record<string, Sample>>()
      try {
        for (const start of [startOurs, startEngine, startBetterAuth, startMedplum])
          contenders.push(await start())
        const order = round++ % 2 === 0 ? contenders.toReversed() : contenders
        for (const variant of contenders[0]?.variants.keys() ?? [])
          for (const { name, server, variants } of order) {
            const measure = variants.get(variant)
            if (measure)
              samples.set(name, {
                ...samples.get(name),
                ...(await withCost(variant, server, measure)),
              })
          }
      } finally {
        for (const { server } of contenders) await server.stop()
      }
      const ours = samples.get('ours') ?? {}
      samples.delete('ours')
      const rows = [...samples].flatMap(([peer, theirs]) =>
        Object.entries(theirs).map(([variant, bare]) => ({
          ...{ name: `${peer}: ${variant}`, bare, ours: ours[variant] ?? bare },
        })),
      )
      return {
        ours: Object.fromEntries(rows.map(({ name, ours }) => [name, ours])),
        bare: Object.fromEntries(rows.map(({ name, bare }) => [name, bare])),
      }
    }
    return { measure: inTurns(run), aims: AIMS, close: remove }
  },
}

const variantsOf = <Name extends string>(
  names: readonly Name[],
  measure: (name: Name, waiting: number) => ReturnType<Measure>,
): Map<string, Measure> =>
  new Map(
    names.flatMap((name) =>
      WAITING.map((waiting) => [`${name}, ${waiting} waiting`, () => measure(name, waiting)] as const),
    ),
  )

/**
 * The result, and with many waiting the processor time of one request, which other work on the machine changes less. With one
 * waiting, which comes first, it would be mostly that of compiling.
 */
const withCost = async (
  variant: string,
  server: Contender['server'],
  measure: Measure,
): Promise<Record<string, Sample>> => {
  const start = await server.usage()
  const { sample, requests } = await measure()
  const end = await server.usage()
  const value = (1000 * (end.cpuMs - start.cpuMs)) / requests
  return {
    [variant]: sample,
    ...(!variant.endsWith(' 1 waiting') && { [`${variant}, CPU`]: { value, unit: 'µs', times: [] } }),
  }
}
