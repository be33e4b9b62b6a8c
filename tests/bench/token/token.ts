import { carekey, signIn } from '../../fixtures/sign-in.ts'
import type { Comparison, Sample } from '../comparison.ts'
import { doJob, startJob } from '../job.ts'
import { prepareOrganization } from '../organization.ts'
import type { RefreshLoad } from './load.ts'

const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs'

/**
 * Several chains for each waiting request: the memory adapter walks over all tokens that a grant ever had, so that a
 * chain refreshed thousands of times would slow it down as no real one does.
 */
const CHAINS = 64

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

/** Rotating refresh grants, against the engine by itself. */
export const token: Comparison = {
  name: 'token',
  contenders: {
    ours: 'rotating refresh, durable and logged',
    bare: 'oidc-provider with its memory adapter',
  },
  unit: 'requests/s',
  prepare: async ({ forMs, profiles }) => {
    const [{ config, copy, remove }, signedIn] = await prepareOrganization('token', signInAgain)
    const variants = [1, 8, 32].map((waiting) => ({
      variant: `${waiting} waiting`,
      waiting,
      warmMs: forMs / 2,
      forMs,
    }))
    const measure = async (side: 'ours' | 'bare'): Promise<Record<string, Sample>> => {
      const server = await (side === 'ours'
        ? startJob<unknown, undefined>(
            script('../guarded-server.ts'),
            { config, database: await copy() },
            { profiles },
          )
        : startJob<unknown, string[]>(script('bare-server.ts'), { config, scope: SCOPE, chains: CHAINS }))
      const refreshTokens = server.answer ?? signedIn
      const load = { port: config.port, clientId: carekey.client_id, refreshTokens, variants }
      return doJob<RefreshLoad, Record<string, Sample>>(script('load.ts'), load).finally(server.stop)
    }
    return { measure, aims: { '32 waiting': 0.9 }, close: remove }
  },
}
