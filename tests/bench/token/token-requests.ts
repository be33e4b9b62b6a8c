import { asResourceServer } from '../../fixtures/resource-server.ts'
import { carekey } from '../../fixtures/sign-in.ts'
import type { SignedClient } from '../../fixtures/signed-client.ts'
import { doJob } from '../job.ts'
import type { LoadOptions } from '../load.ts'
import type { BareServer } from './bare-server.ts'
import type { Chain, Request, TokenLoad, TokenLoaded } from './load.ts'
import { type SignedIn, SYSTEM_SCOPE } from './signed-in.ts'

/** Codes and assertions for each measurement; when they are used up, it ends early. */
export const SUPPLY = 2_000
/** In this order, because introspection takes the tokens that the refreshes issued. */
export const TOKEN_REQUESTS: readonly Request[] = ['refresh', 'introspect', 'redeem', 'credentials']
/** The lifetime of an assertion, five minutes at most. */
const ASSERTION_SECONDS = 240
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Contender {
  readonly port: number
  /** The first token of each chain, and codes. */
  readonly given: BareServer
  readonly signedIn: Pick<SignedIn, 'code' | 'job'>
  /** What an assertion is for, if not for Carekey's token endpoint. */
  readonly audience?: string
  /** The resource that a client requests a token for, if the contender has no default. */
  readonly resource?: string
}

/** Sends one kind of token request, from a process of its own. */
export type SendTokenRequests = (
  what: Request,
  options: Pick<LoadOptions, 'waiting' | 'warmMs' | 'forMs'>,
) => Promise<Pick<TokenLoaded, 'sample' | 'requests'>>

export const createTokenRequests = ({ port, given, signedIn, ...more }: Contender): SendTokenRequests => {
  const { code, job } = signedIn
  const client = new URLSearchParams({ client_id: carekey.client_id })
  const forms: Record<Request, string> = {
    refresh: `grant_type=refresh_token&${client}&refresh_token=`,
    introspect: 'token=',
    redeem: `grant_type=authorization_code&${client}&${new URLSearchParams({ redirect_uri: code.redirect_uri, code_verifier: code.verifier })}&code=`,
    credentials: `grant_type=client_credentials&${new URLSearchParams({ scope: SYSTEM_SCOPE, ...(more.resource !== undefined && { resource: more.resource }), client_assertion_type: JWT_BEARER })}&client_assertion=`,
  }
  let chains: readonly Chain[] = given.refreshTokens.map((refreshToken) => ({ refreshToken }))
  const codes = [...given.codes]
  const valuesFor = async (what: Request): Promise<readonly string[]> =>
    what === 'redeem'
      ? codes.splice(0, SUPPLY)
      : what === 'credentials'
        ? signAssertions(job, more.audience)
        : []
  return async (what, options) => {
    const loaded = await doJob<TokenLoad, TokenLoaded>(new URL('load.ts', import.meta.url), {
      ...{ port, what, form: forms[what], chains, values: await valuesFor(what) },
      ...(what === 'introspect' && { authorization: asResourceServer }),
      ...options,
    })
    chains = loaded.chains
    return loaded
  }
}

/** Signs each of them separately, as the application would. */
const signAssertions = (job: SignedClient, aud?: string): Promise<string[]> => {
  const exp = Math.floor(Date.now() / 1000) + ASSERTION_SECONDS
  return Promise.all(
    Array.from({ length: SUPPLY }, () => job.assertion({ exp, ...(aud !== undefined && { aud }) })),
  )
}
