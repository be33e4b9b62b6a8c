import type { Sample } from '../comparison.ts'
import type { HttpConnection } from '../http-connection.ts'
import { answerJob } from '../job.ts'
import { type LoadOptions, load } from '../load.ts'

export interface TokenLoad {
  readonly port: number
  readonly clientId: string
  /** The first token of each chain. Every waiting request has chains of its own, and takes them in turn. */
  readonly refreshTokens: readonly string[]
  readonly variants: readonly (Pick<LoadOptions, 'waiting' | 'warmMs' | 'forMs'> & {
    readonly variant: string
    readonly what: 'refresh' | 'introspect'
  })[]
}

interface Chain {
  refreshToken: string
  accessToken: string
}

answerJob(async ({ port, clientId, refreshTokens, variants }: TokenLoad) => {
  const chains = refreshTokens.map((refreshToken): Chain => ({ refreshToken, accessToken: '' }))
  const post = async (connection: HttpConnection, path: string, form: string): Promise<unknown> => {
    const { status, body } = await connection.send(
      `POST /oauth/${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${form.length}\r\n\r\n${form}`,
    )
    if (status !== 200) throw new Error(`A request to ${path} was answered with ${status}: ${body}`)
    return JSON.parse(body)
  }
  const requests = {
    refresh: async (connection: HttpConnection, chain: Chain) => {
      const form = `grant_type=refresh_token&client_id=${clientId}&refresh_token=${chain.refreshToken}`
      const answer = (await post(connection, 'token', form)) as {
        access_token?: string
        refresh_token?: string
      }
      if (!answer.refresh_token || !answer.access_token) throw new Error('A refresh gave no tokens.')
      Object.assign(chain, { refreshToken: answer.refresh_token, accessToken: answer.access_token })
    },
    introspect: async (connection: HttpConnection, { accessToken }: Chain) => {
      const form = `client_id=${clientId}&token=${accessToken}`
      const { active } = (await post(connection, 'introspect', form)) as { active?: boolean }
      if (!active) throw new Error('A token is not active.')
    },
  }

  const samples: Record<string, Sample> = {}
  for (const { variant, what, ...options } of variants) {
    const next = Array.from({ length: options.waiting }, (_, slot) => slot)
    samples[variant] = await load({ port, ...options }, async (connection, slot) => {
      const at = next[slot] ?? slot
      next[slot] = at + options.waiting < chains.length ? at + options.waiting : slot
      const chain = chains[at]
      if (!chain) throw new Error('There are fewer chains than requests that wait.')
      await requests[what](connection, chain)
    })
  }
  return samples
})
