import type { Sample } from '../comparison.ts'
import { answerJob } from '../job.ts'
import { type LoadOptions, load } from '../load.ts'

export interface RefreshLoad {
  readonly port: number
  readonly clientId: string
  /** The first token of each chain. Every waiting request has chains of its own, and takes them in turn. */
  readonly refreshTokens: readonly string[]
  readonly variants: readonly (Pick<LoadOptions, 'waiting' | 'warmMs' | 'forMs'> & {
    readonly variant: string
  })[]
}

answerJob(async ({ port, clientId, refreshTokens, variants }: RefreshLoad) => {
  const chains = [...refreshTokens]
  const head = `POST /oauth/token HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/x-www-form-urlencoded\r\n`
  const samples: Record<string, Sample> = {}
  for (const { variant, ...options } of variants) {
    const next = Array.from({ length: options.waiting }, (_, slot) => slot)
    samples[variant] = await load({ port, ...options }, async (connection, slot) => {
      const chain = next[slot] ?? slot
      next[slot] = chain + options.waiting < chains.length ? chain + options.waiting : slot
      const form = `grant_type=refresh_token&client_id=${clientId}&refresh_token=${chains[chain]}`
      const { status, body } = await connection.send(`${head}content-length: ${form.length}\r\n\r\n${form}`)
      const { refresh_token } = JSON.parse(body) as { refresh_token?: string }
      if (status !== 200 || !refresh_token) throw new Error(`A refresh was answered with ${status}: ${body}`)
      chains[chain] = refresh_token
    })
  }
  return samples
})
