import { carekey, signIn } from '../../fixtures/sign-in.ts'
import type { Sample } from '../comparison.ts'
import type { RequestLoad, RequestLoaded } from '../fhir/load.ts'
import { REQUESTS } from '../fhir/requests.ts'
import { doJob } from '../job.ts'
import type { Chain, TokenLoad, TokenLoaded } from '../token/load.ts'

/** Sends requests for some time, from one process for each port; a port may be there twice. */
export type Send = (
  ports: readonly number[],
  forMs: number,
) => Promise<readonly { readonly sample: Sample; readonly requests: number }[]>

const WAITING = 32

/** What a clinician and patients who signed in may send. */
export const signInAll = async (base: string) => {
  const options = { username: 'lee', scope: 'openid fhirUser user/*.rs', application: carekey }
  const { access_token: accessToken } = await signIn(base, options)
  const refreshTokens: string[] = []
  while (refreshTokens.length < WAITING) {
    const scope = 'openid fhirUser offline_access launch/patient patient/*.rs'
    const answer = await signIn(base, { username: 'john', scope, application: carekey, window: 'day' })
    refreshTokens.push(answer.refresh_token ?? '')
  }
  return { accessToken, refreshTokens }
}

export const sendReads =
  (accessToken: string): Send =>
  (ports, forMs) =>
    Promise.all(
      ports.map((port) =>
        doJob<RequestLoad, RequestLoaded>(new URL('../fhir/load.ts', import.meta.url), {
          ...{ port, accessToken, path: REQUESTS.read ?? '' },
          ...{ waiting: WAITING / ports.length, warmMs: 0, forMs },
        }),
      ),
    )

/** Each time, every chain moves to another port, so that each process rotates tokens that the other one issued. */
export const sendRefreshes = (refreshTokens: readonly string[]): Send => {
  const form = `grant_type=refresh_token&client_id=${carekey.client_id}&refresh_token=`
  let chains: readonly Chain[] = refreshTokens.map((refreshToken) => ({ refreshToken }))
  return async (ports, forMs) => {
    const waiting = WAITING / ports.length
    const loaded = await Promise.all(
      ports.map((port, at) =>
        doJob<TokenLoad, TokenLoaded>(new URL('../token/load.ts', import.meta.url), {
          ...{ port, what: 'refresh', form, values: [], waiting, warmMs: 0, forMs },
          chains: chains.slice(at * waiting, (at + 1) * waiting),
        }),
      ),
    )
    chains = loaded.toReversed().flatMap((each) => each.chains)
    return loaded
  }
}
