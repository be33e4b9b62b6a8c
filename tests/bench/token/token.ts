import type { Engine } from '../../../server/store/tables/dialect.ts'
import { engines } from '../../fixtures/store.ts'
import type { Comparison, Sample } from '../comparison.ts'
import { startJob } from '../job.ts'
import { type PreparedOrganization, prepareOrganization } from '../organization.ts'
import type { BareJob, BareServer } from './bare-server.ts'
import { cloneCodes } from './clone-codes.ts'
import { bareJob, type SignedIn, signInAgain } from './signed-in.ts'
import { createTokenRequests, SUPPLY, TOKEN_REQUESTS } from './token-requests.ts'

const WAITING = [1, 8, 32, 128]
const CODES = SUPPLY * WAITING.length

const script = (path: string) => new URL(path, import.meta.url)

const labeled = (engine: Engine, samples: Record<string, Sample>): [string, Sample][] =>
  Object.entries(samples).map(([variant, sample]) => [`${engine}, ${variant}`, sample])

/** Compares issuing and introspecting tokens with the bare engine. */
export const token: Comparison = {
  name: 'token',
  contenders: {
    ours: 'durable and logged',
    bare: 'oidc-provider with its memory adapter',
  },
  unit: 'requests/s',
  prepare: async ({ forMs, profiles }) => {
    const organizations: (PreparedOrganization & { engine: Engine; signedIn: SignedIn })[] = []
    for (const engine of engines) {
      const [organization, signedIn] = await prepareOrganization('token', signInAgain, engine)
      organizations.push({ ...organization, engine, signedIn })
    }
    /** Sixteen measurements, so each is shorter than those of the other comparisons. */
    const send = async (port: number, given: BareServer, signedIn: SignedIn) => {
      const request = createTokenRequests({ port, given, signedIn })
      const samples: Record<string, Sample> = {}
      for (const what of TOKEN_REQUESTS)
        for (const waiting of WAITING) {
          const { sample } = await request(what, { waiting, warmMs: 0.15 * forMs, forMs: 0.4 * forMs })
          samples[`${what}, ${waiting} waiting`] = sample
        }
      return samples
    }
    const measureOurs = async (): Promise<Record<string, Sample>> => {
      const samples: [string, Sample][] = []
      for (const { config, copy, engine, signedIn } of organizations) {
        const job = { config, database: await copy() }
        const codes = await cloneCodes(job.database, signedIn.code.code, CODES)
        const server = await startJob(script('../guarded-server.ts'), job, { profiles })
        const bareServer = { refreshTokens: [...signedIn.refreshTokens], codes }
        samples.push(...labeled(engine, await send(config.port, bareServer, signedIn).finally(server.stop)))
      }
      return Object.fromEntries(samples)
    }
    const measureBare = async (): Promise<Record<string, Sample>> => {
      const [first] = organizations
      if (!first) throw new Error('There is no engine to compare with.')
      const { config, signedIn } = first
      const job = await bareJob(config, signedIn, CODES)
      const server = await startJob<BareJob, BareServer>(script('bare-server.ts'), job)
      const samples = await send(config.port, server.answer, signedIn).finally(server.stop)
      return Object.fromEntries(engines.flatMap((engine) => labeled(engine, samples)))
    }
    return {
      measure: (side) => (side === 'ours' ? measureOurs() : measureBare()),
      aims: Object.fromEntries(engines.map((engine) => [`${engine}, refresh, 32 waiting`, 0.9])),
      close: async () => {
        for (const { remove } of organizations) await remove()
      },
    }
  },
}
