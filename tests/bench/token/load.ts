import type { Sample } from '../comparison.ts'
import type { HttpConnection } from '../http-connection.ts'
import { answerJob } from '../job.ts'
import { type LoadOptions, load } from '../load.ts'

export type Request = 'refresh' | 'introspect' | 'redeem' | 'credentials'

/** The newest tokens of one grant. */
export interface Chain {
  readonly refreshToken: string
  /** Missing before the first refresh. */
  readonly accessToken?: string
}

export interface TokenLoad extends LoadOptions {
  readonly what: Request
  /** The form up to the value that each request adds: a token of a chain, or one of `values`. */
  readonly form: string
  readonly authorization?: string
  /** Each waiting request has its own chains, and uses them in turn. */
  readonly chains: readonly Chain[]
  /** Codes or assertions, which are good for one request each. */
  readonly values: readonly string[]
}

export interface TokenLoaded {
  readonly sample: Sample
  /** The number of all requests, including those of the warm-up. */
  readonly requests: number
  readonly chains: readonly Chain[]
}

/** The share of single-use values for the warm-up. */
const WARM = 1 / 4

answerJob(async ({ what, form, authorization, ...job }: TokenLoad): Promise<TokenLoaded> => {
  const { port, waiting } = job
  const path = what === 'introspect' ? 'introspect' : 'token'
  const credentials = authorization === undefined ? '' : `authorization: ${authorization}\r\n`
  const head = `POST /oauth/${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${credentials}content-type: application/x-www-form-urlencoded\r\n`
  let requests = 0
  const post = async (connection: HttpConnection, value = ''): Promise<Record<string, unknown>> => {
    const body = form + value
    const answer = await connection.send(`${head}content-length: ${body.length}\r\n\r\n${body}`)
    if (answer.status !== 200)
      throw new Error(`A request to ${path} was answered with ${answer.status}: ${answer.body}`)
    requests++
    return JSON.parse(answer.body)
  }
  const tokens = async (connection: HttpConnection, value?: string): Promise<Chain> => {
    const { access_token, refresh_token } = await post(connection, value)
    if (typeof access_token !== 'string') throw new Error('The token endpoint gave no token.')
    return { accessToken: access_token, refreshToken: String(refresh_token) }
  }

  if (what === 'redeem' || what === 'credentials') {
    const values = [...job.values]
    const most = Math.floor(values.length * (1 - WARM)) - waiting
    const warmMost = Math.floor(values.length * WARM) - waiting
    const sample = await load({ ...job, most, warmMost }, async (connection) => {
      await tokens(connection, values.pop())
    })
    return { sample, requests, chains: job.chains }
  }

  const chains = [...job.chains]
  // Introspection needs the tokens of a refresh, and on a slow machine not every chain had one.
  const usable = [...chains.keys()].filter(
    (at) => what === 'refresh' || chains[at]?.accessToken !== undefined,
  )
  const next = Array.from({ length: waiting }, (_, slot) => slot)
  const sample = await load(job, async (connection, slot) => {
    const turn = next[slot] ?? slot
    next[slot] = turn + waiting < usable.length ? turn + waiting : slot
    const at = usable[turn]
    const chain = at === undefined ? undefined : chains[at]
    if (at === undefined || !chain) throw new Error('There are fewer chains than requests that wait.')
    if (what === 'refresh') chains[at] = await tokens(connection, chain.refreshToken)
    else if (!(await post(connection, chain.accessToken)).active) throw new Error('A token is not active.')
  })
  return { sample, requests, chains }
})
