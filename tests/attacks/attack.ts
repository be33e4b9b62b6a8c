import type { TokenEndpointResponse } from 'oauth4webapi'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type SignInOptions, signIn } from '../fixtures/sign-in.ts'
import { type AttackedServer, type AttackedServerOptions, startAttackedServer } from './attacked-server.ts'
import { createOracles, type Oracles } from './oracles.ts'
import { applications, type Holder, holders } from './people.ts'
import { type RawAnswers, type RawRequest, sendRaw } from './raw-request.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into any shape; a wrong path fails its test
  readonly json: any
}

/** Starts one server for the file and runs the oracles around each of its rows. */
export interface Attack {
  readonly server: AttackedServer
  readonly fetch: typeof fetch
  /** The access token of somebody who really signed in, once per file. */
  token(holder: Holder): Promise<string>
  signIn(options: SignInOptions): Promise<TokenEndpointResponse>
  /** @param path below `B`; `as` a holder, or an invented token; `from` an address, if the server is behind a proxy. */
  send(path: string, options?: RequestInit & { as?: Holder; bearer?: string; from?: string }): Promise<Answer>
  /** Sends raw bytes over a new socket to this server, and returns the answers once it has closed. */
  sendRaw(request: RawRequest): Promise<RawAnswers>
}

export const attack = (options: AttackedServerOptions = {}): Attack => {
  let server: AttackedServer
  let oracles: Oracles
  const tokens = new Map<Holder, Promise<string>>()
  beforeAll(async () => {
    server = await startAttackedServer(options)
    oracles = createOracles(server)
  })
  afterAll(() => server.close())
  beforeEach(() => oracles.begin())
  afterEach(() => oracles.end())

  const watchedSignIn = (options: SignInOptions) => signIn(server.url, { ...options, fetch: oracles.fetch })
  const obtain = async (holder: Holder): Promise<string> => {
    const { access_token } = await watchedSignIn({ ...holders[holder], application: applications.ext })
    if (holder !== 'TA' && holder !== 'TAobs') oracles.mayReadAll(access_token)
    return access_token
  }
  const token = (holder: Holder): Promise<string> => {
    const cached = tokens.get(holder) ?? obtain(holder)
    tokens.set(holder, cached)
    return cached
  }

  return {
    get server() {
      return server
    },
    get fetch() {
      return oracles.fetch
    },
    token,
    signIn: watchedSignIn,
    send: async (path, { as, bearer = as && token(as), from, ...init } = {}) => {
      const headers = new Headers(init.headers)
      if (from !== undefined) headers.set('x-forwarded-for', from)
      const presented = await bearer
      if (presented !== undefined) headers.set('authorization', `Bearer ${presented}`)
      return read(await oracles.fetch(`${server.url}${path}`, { ...init, headers }))
    },
    sendRaw: async (request) => {
      let count = await oracles.counted()
      const raw = await sendRaw(server.url, request)
      const [method = '', target = ''] = request.head[0]?.split(' ') ?? []
      const path = URL.parse(target, server.url)?.pathname ?? target
      for (const { response, text } of raw.answers) {
        // A request that is refused before it is parsed has no path.
        const isParsed =
          response.status < 400 || !response.headers.get('content-type')?.startsWith('text/plain')
        count = await oracles.seen(response, text, { method, path: isParsed ? path : '' }, count)
      }
      return raw
    },
  }
}

export const read = async (response: Response): Promise<Answer> => {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  }
}
