import type { Sample } from '../comparison.ts'
import type { HttpConnection } from '../http-connection.ts'
import { answerJob } from '../job.ts'
import { type LoadOptions, load } from '../load.ts'

export type Request = 'refresh' | 'introspect' | 'redeem' | 'credentials'

export interface TokenLoad {
  readonly port: number
  readonly clientId: string
  readonly redirectUri: string
  readonly scope: string
  /** How the introspecting resource server authenticates. */
  readonly checker: string
  /** The first token of each chain. Each waiting request has its own chains, and uses them in turn. */
  readonly refreshTokens: readonly string[]
  /** Codes and their verifiers, shared by the variants. */
  readonly codes: readonly string[]
  readonly verifier: string
  /** One client assertion for each request (`client_credentials`), made beforehand and shared by the variants. */
  readonly assertions: readonly string[]
  readonly variants: readonly (Pick<LoadOptions, 'waiting' | 'warmMs' | 'forMs'> & {
    readonly variant: string
    readonly what: Request
  })[]
}

interface Chain {
  refreshToken: string
  accessToken: string
}

/** The share of single-use values that each variant uses for its warm-up. */
const WARM = 1 / 4

answerJob(async (job: TokenLoad) => {
  const { port, clientId, variants } = job
  const chains = job.refreshTokens.map((refreshToken): Chain => ({ refreshToken, accessToken: '' }))
  const post = async (
    connection: HttpConnection,
    path: string,
    form: string,
    authorization?: string,
  ): Promise<unknown> => {
    const credentials = authorization === undefined ? '' : `authorization: ${authorization}\r\n`
    const { status, body } = await connection.send(
      `POST /oauth/${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${credentials}content-type: application/x-www-form-urlencoded\r\ncontent-length: ${form.length}\r\n\r\n${form}`,
    )
    if (status !== 200) throw new Error(`A request to ${path} was answered with ${status}: ${body}`)
    return JSON.parse(body)
  }
  const tokens = async (connection: HttpConnection, form: string): Promise<Chain> => {
    const answer = (await post(connection, 'token', form)) as {
      access_token?: string
      refresh_token?: string
    }
    const { access_token: accessToken, refresh_token: refreshToken = '' } = answer
    if (!accessToken) throw new Error('The token endpoint gave no token.')
    return { accessToken, refreshToken }
  }
  const onChain = {
    refresh: async (connection: HttpConnection, chain: Chain) => {
      const form = `grant_type=refresh_token&client_id=${clientId}&refresh_token=${chain.refreshToken}`
      Object.assign(chain, await tokens(connection, form))
    },
    introspect: async (connection: HttpConnection, { accessToken }: Chain) => {
      const form = `token=${accessToken}`
      const { active } = (await post(connection, 'introspect', form, job.checker)) as { active?: boolean }
      if (!active) throw new Error('A token is not active.')
    },
  }
  const formFor = {
    redeem: `grant_type=authorization_code&client_id=${clientId}&redirect_uri=${encodeURIComponent(job.redirectUri)}&code_verifier=${job.verifier}&code=`,
    credentials: `grant_type=client_credentials&scope=${encodeURIComponent(job.scope)}&client_assertion_type=${encodeURIComponent('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')}&client_assertion=`,
  }
  const supplies = { redeem: [...job.codes], credentials: [...job.assertions] }
  const share = (what: 'redeem' | 'credentials') =>
    Math.floor(
      job[what === 'redeem' ? 'codes' : 'assertions'].length /
        variants.filter((variant) => variant.what === what).length,
    )

  const samples: Record<string, Sample> = {}
  for (const { variant, what, ...options } of variants) {
    if (what === 'redeem' || what === 'credentials') {
      const most = Math.floor(share(what) * (1 - WARM)) - options.waiting
      const warmMost = Math.floor(share(what) * WARM) - options.waiting
      samples[variant] = await load({ port, ...options, most, warmMost }, async (connection) => {
        await tokens(connection, `${formFor[what]}${supplies[what].pop()}`)
      })
      continue
    }
    const next = Array.from({ length: options.waiting }, (_, slot) => slot)
    samples[variant] = await load({ port, ...options }, async (connection, slot) => {
      const at = next[slot] ?? slot
      next[slot] = at + options.waiting < chains.length ? at + options.waiting : slot
      const chain = chains[at]
      if (!chain) throw new Error('There are fewer chains than requests that wait.')
      await onChain[what](connection, chain)
    })
  }
  return samples
})
