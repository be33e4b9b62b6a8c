import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'
import type { AccessKind } from '../../../values/access-kinds.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'

/** An endpoint of the OAuth engine. */
export interface Endpoint {
  /** In Fastify's syntax: `:name` is one segment. */
  readonly path: string
  readonly methods: readonly Method[]
  /** The kind of its entry in the access log; absent for a public document, which is not logged. */
  readonly kind?: AccessKind
  /** Which other origins may call it; absent when none may. */
  readonly cors?: 'anyone' | 'applications'
}

/**
 * Every endpoint of the OAuth engine. The engine's own router ignores case and a trailing slash and decodes escapes, so no
 * step of ours compares paths: the HTTP server routes exactly these and records which one matched (`admit`).
 */
export const ENDPOINTS = {
  authorization: { path: '/oauth/authorize', methods: ['GET'], kind: 'authorize' },
  /** The return from the sign-in and consent pages. */
  resume: { path: '/oauth/authorize/:uid', methods: ['GET'], kind: 'authorize' },
  token: { path: '/oauth/token', methods: ['POST'], kind: 'token', cors: 'applications' },
  introspection: {
    path: '/oauth/introspect',
    methods: ['POST'],
    kind: 'introspect',
    cors: 'applications',
  },
  revocation: { path: '/oauth/revoke', methods: ['POST'], kind: 'revoke', cors: 'applications' },
  registration: { path: '/oauth/register', methods: ['POST'], kind: 'register', cors: 'applications' },
  client: {
    path: '/oauth/register/:clientId',
    methods: ['GET', 'PUT', 'DELETE'],
    kind: 'register',
    cors: 'applications',
  },
  /** Every application of the organization, for an administrator. */
  applications: { path: '/oauth/applications', methods: ['GET'], kind: 'register', cors: 'applications' },
  application: {
    path: '/oauth/applications/:clientId',
    methods: ['PUT', 'DELETE'],
    kind: 'register',
    cors: 'applications',
  },
  jwks: { path: '/oauth/jwks', methods: ['GET', 'HEAD'], cors: 'anyone' },
} as const satisfies Record<string, Endpoint>

export type EndpointName = keyof typeof ENDPOINTS

/** A request that matched an entry of the table. */
interface AdmittedRequest {
  readonly name: EndpointName
  readonly endpoint: Endpoint
  /** The values of `:name` segments, decoded. */
  readonly params: Readonly<Record<string, string>>
}

const admittedRequests = new WeakMap<IncomingMessage, AdmittedRequest>()

/** Admits a request to the engine, and rewrites its address to the table's spelling. */
export const admit = (
  request: IncomingMessage & { originalUrl?: string },
  name: EndpointName,
  params: Readonly<Record<string, string>>,
): void => {
  const endpoint: Endpoint = ENDPOINTS[name]
  const path = endpoint.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''))
  const question = request.url?.indexOf('?') ?? -1
  request.url = path + (question < 0 ? '' : request.url?.slice(question))
  request.originalUrl = request.url
  admittedRequests.set(request, { name, endpoint, params })
}

type Step = Parameters<Provider['use']>[0]
export type StepContext = Parameters<Step>[0]

/** Returns the table entry that a request matched. @throws Error when the request was not admitted. */
export const requireAdmitted = ({ req }: Pick<StepContext, 'req'>): AdmittedRequest => {
  const match = admittedRequests.get(req)
  if (!match) throw new Error('A request reached the OAuth engine past its table of endpoints.')
  return match
}

/** Adds the first step, which answers 404 to every request that was not admitted, wherever the engine is mounted. */
export const refuseUnlisted = (engine: Provider): void => {
  engine.use(async (ctx, next) => {
    if (admittedRequests.has(ctx.req)) return next()
    ctx.status = 404
    ctx.body = NO_ENDPOINT
  })
}

/** Adds a step that runs for these endpoints only. */
export const addStep = (engine: Provider, names: readonly EndpointName[], step: Step): void => {
  engine.use((ctx, next) => (names.includes(requireAdmitted(ctx).name) ? step(ctx, next) : next()))
}

/** The answer to an address or method below `B/oauth` that is not in the table. */
export const NO_ENDPOINT = {
  error: 'invalid_request',
  error_description: 'There is nothing at this address, or it does not support this method.',
}
