import { calculatePKCECodeChallenge } from 'oauth4webapi'
import type { Engine } from '../../../server/store/migrations.ts'
import type { Store } from '../../../server/store/store.ts'
import { asResourceServer, registerResourceServer, resourceServer } from '../../fixtures/resource-server.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient, type SignedClient } from '../../fixtures/signed-client.ts'
import { engines } from '../../fixtures/store.ts'
import { type Code, obtainCode } from '../../fixtures/token-requests.ts'
import type { Comparison, Sample } from '../comparison.ts'
import { doJob, startJob } from '../job.ts'
import { type PreparedOrganization, prepareOrganization } from '../organization.ts'
import type { BareServer } from './bare-server.ts'
import { cloneCodes } from './clone-codes.ts'
import type { Request, TokenLoad } from './load.ts'

/** The scope that the extension requests; codes are obtained for the same. */
const SCOPE = 'openid fhirUser offline_access launch/patient patient/*.rs'
const SYSTEM_SCOPE = 'system/*.rs'

/**
 * Several chains for each waiting request, because the memory adapter walks over all tokens that a grant ever had: a chain that
 * is refreshed thousands of times would be slower than any real one.
 */
const CHAINS = 128
const WAITING = [1, 8, 32, 128]
/** Codes and assertions for each number of waiting requests; when they are used up, the measurement ends early. */
const SUPPLY = 2_000
/** Introspects the tokens that the refreshes issued. */
const REQUESTS: readonly Request[] = ['refresh', 'introspect', 'redeem', 'credentials']
/** The lifetime of an assertion, five minutes at most; enough for one round. */
const ASSERTION_SECONDS = 240

const script = (path: string) => new URL(path, import.meta.url)

interface SignedIn {
  readonly refreshTokens: readonly string[]
  readonly code: Code
  readonly job: SignedClient
}

const signInAgain = async (url: string, store: Store): Promise<SignedIn> => {
  const refreshTokens: string[] = []
  while (refreshTokens.length < CHAINS) {
    const options = { username: 'john', scope: SCOPE, application: carekey, window: 'day' } as const
    const { refresh_token } = await signIn(url, options)
    if (!refresh_token) throw new Error('The organization gave no refresh token.')
    refreshTokens.push(refresh_token)
  }
  await registerResourceServer(store)
  return { refreshTokens, code: await obtainCode(url), job: await registerSignedClient({ url, store }) }
}

const labeled = (engine: Engine, samples: Record<string, Sample>): [string, Sample][] =>
  Object.entries(samples).map(([variant, sample]) => [`${engine}, ${variant}`, sample])

/** Signs each of them separately, as the application would. */
const signAssertions = (job: SignedClient): Promise<string[]> => {
  const exp = Math.floor(Date.now() / 1000) + ASSERTION_SECONDS
  return Promise.all(Array.from({ length: SUPPLY * WAITING.length }, () => job.assertion({ exp })))
}

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
    // Sixteen measurements in one process; each is shorter than those of the other comparisons.
    const variants = REQUESTS.flatMap((what) =>
      WAITING.map((waiting) => ({
        ...{ variant: `${what}, ${waiting} waiting`, what, waiting },
        ...{ warmMs: 0.15 * forMs, forMs: 0.4 * forMs },
      })),
    )
    const put = async (port: number, given: BareServer, { code, job }: SignedIn) =>
      doJob<TokenLoad, Record<string, Sample>>(script('load.ts'), {
        ...{
          port,
          variants,
          ...given,
          verifier: code.verifier,
          scope: SYSTEM_SCOPE,
          checker: asResourceServer,
        },
        ...{ clientId: carekey.client_id, redirectUri: code.redirect_uri },
        assertions: await signAssertions(job),
      })
    const measureOurs = async (): Promise<Record<string, Sample>> => {
      const samples: [string, Sample][] = []
      for (const { config, copy, engine, signedIn } of organizations) {
        const job = { config, database: await copy() }
        const codes = await cloneCodes(job.database, signedIn.code.code, SUPPLY * WAITING.length)
        const server = await startJob(script('../guarded-server.ts'), job, { profiles })
        const bareServer = { refreshTokens: [...signedIn.refreshTokens], codes }
        samples.push(...labeled(engine, await put(config.port, bareServer, signedIn).finally(server.stop)))
      }
      return Object.fromEntries(samples)
    }
    const measureBare = async (): Promise<Record<string, Sample>> => {
      const [first] = organizations
      if (!first) throw new Error('There is no engine to compare with.')
      const { config, signedIn } = first
      const { clientId, publicKey } = signedIn.job
      const job = {
        ...{ config, scope: SCOPE, chains: CHAINS, codes: SUPPLY * WAITING.length },
        challenge: await calculatePKCECodeChallenge(signedIn.code.verifier),
        redirectUri: signedIn.code.redirect_uri,
        job: { clientId, publicKey, scope: SYSTEM_SCOPE },
        checker: resourceServer,
      }
      const server = await startJob<typeof job, BareServer>(script('bare-server.ts'), job)
      const samples = await put(config.port, server.answer, signedIn).finally(server.stop)
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
