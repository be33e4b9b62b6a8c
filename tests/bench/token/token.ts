import type { Engine } from '../../../server/store/migrations.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import type { Comparison, Sample } from '../comparison.ts'
import { doJob, startJob } from '../job.ts'
import { type PreparedOrganization, prepareOrganization } from '../organization.ts'
import type { TokenLoad } from './load.ts'

const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs'

/**
 * Several chains for each waiting request: the memory adapter walks over all tokens that a grant ever had, so that a
 * chain refreshed thousands of times would slow it down as no real one does.
 */
const CHAINS = 128
const WAITING = [1, 8, 32, 128]

const script = (path: string) => new URL(path, import.meta.url)

const signInAgain = async (base: string): Promise<string[]> => {
  const tokens: string[] = []
  while (tokens.length < CHAINS) {
    const options = { username: 'john', scope: SCOPE, application: carekey, window: 'day' } as const
    const { refresh_token } = await signIn(base, options)
    if (!refresh_token) throw new Error('The organization gave no refresh token.')
    tokens.push(refresh_token)
  }
  return tokens
}

const named = (engine: Engine, samples: Record<string, Sample>): [string, Sample][] =>
  Object.entries(samples).map(([variant, sample]) => [`${engine}, ${variant}`, sample])

/** Rotating refresh grants and introspection, against the engine by itself. */
export const token: Comparison = {
  name: 'token',
  contenders: {
    ours: 'durable and logged',
    bare: 'oidc-provider with its memory adapter',
  },
  unit: 'requests/s',
  prepare: async ({ forMs, profiles }) => {
    const prepared: (PreparedOrganization & { engine: Engine; signedIn: string[] })[] = []
    for (const engine of engines) {
      const [organization, signedIn] = await prepareOrganization('token', signInAgain, engine)
      prepared.push({ ...organization, engine, signedIn })
    }
    // Introspection comes last: it asks about the tokens that the refreshes gave.
    const variants = (['refresh', 'introspect'] as const).flatMap((what) =>
      WAITING.map((waiting) => ({
        ...{ variant: `${what}, ${waiting} waiting`, what, waiting },
        ...{ warmMs: forMs / 2, forMs },
      })),
    )
    const put = (port: number, refreshTokens: readonly string[]) =>
      doJob<TokenLoad, Record<string, Sample>>(script('load.ts'), {
        ...{ port, refreshTokens, variants },
        clientId: carekey.client_id,
      })
    const measureOurs = async (): Promise<Record<string, Sample>> => {
      const samples: [string, Sample][] = []
      for (const { config, copy, engine, signedIn } of prepared) {
        const job = { config, database: await copy() }
        const server = await startJob(script('../guarded-server.ts'), job, { profiles })
        samples.push(...named(engine, await put(config.port, signedIn).finally(server.stop)))
      }
      return Object.fromEntries(samples)
    }
    const measureBare = async (): Promise<Record<string, Sample>> => {
      const { config } = prepared[0] ?? { config: undefined }
      if (!config) throw new Error('There is no engine to compare with.')
      const job = { config, scope: SCOPE, chains: CHAINS }
      const server = await startJob<typeof job, string[]>(script('bare-server.ts'), job)
      const samples = await put(config.port, server.answer).finally(server.stop)
      return Object.fromEntries(engines.flatMap((engine) => named(engine, samples)))
    }
    return {
      measure: (side) => (side === 'ours' ? measureOurs() : measureBare()),
      aims: Object.fromEntries(engines.map((engine) => [`${engine}, refresh, 32 waiting`, 0.9])),
      close: async () => {
        for (const { remove } of prepared) await remove()
      },
    }
  },
}
