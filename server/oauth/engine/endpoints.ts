import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'
import type { AccessKind } from '../../audit/access.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'

/** An address of the OAuth engine. */
export interface Endpoint {
  /** As Fastify writes it: `:name` is one segment. */
  readonly path: string
  readonly methods: readonly Method[]
  /** The kind of its entry in the access log. Absent: a public document, which is not logged. */
  readonly kind?: AccessKind
  /** Which pages of other origins may call it; absent: none. */
  readonly cors?: 'anyone' | 'applications'
}

/**
 * Every way into the OAuth engine. The engine's own router folds case, forgives a trailing slash and decodes escapes, so
 * no step of ours compares a path: the HTTP server routes exactly these, and says which one it was (`admit`).
 */
export const ENDPOINTS = {
  authorization: { path: '/oauth/authorize', methods: ['GET'], kind: 'authorize' },
  /** Back from the pages between an application's request and its code. */
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
  jwks: { path: '/oauth/jwks', methods: ['GET', 'HEAD'], cors: 'anyone' },
} as const satisfies Record<string, Endpoint>

export type EndpointName = keyof typeof ENDPOINTS

/** A request that came by the table. */
export interface Admitted {
  readonly name: EndpointName
  readonly endpoint: Endpoint
  /** The values of `:name` segments, decoded. */
  readonly params: Readonly<Record<string, string>>
}

const admitted = new WeakMap<IncomingMessage, Admitted>()

/** Lets a request into the engine, under the table's spelling of the address whatever the caller's was. */
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
  admitted.set(request, { name, endpoint, params })
}

type Step = Parameters<Provider['use']>[0]
export type StepContext = Parameters<Step>[0]

/** The entry of the table by which a request came. @throws Error for a request that `refuseUnlisted` has not seen. */
export const requireAdmitted = ({ req }: Pick<StepContext, 'req'>): Admitted => {
  const found = admitted.get(req)
  if (!found) throw new Error('A request reached the OAuth engine past its table of endpoints.')
  return found
}

/** The first step: wherever the engine is mounted, it answers nothing that did not come by the table. */
export const refuseUnlisted = (engine: Provider): void => {
  engine.use(async (ctx, next) => {
    if (admitted.has(ctx.req)) return next()
    ctx.status = 404
    ctx.body = NOTHING_HERE
  })
}

/** Adds a step that these endpoints take, and no others. */
export const addStep = (engine: Provider, names: readonly EndpointName[], step: Step): void => {
  engine.use((ctx, next) => (names.includes(requireAdmitted(ctx).name) ? step(ctx, next) : next()))
}

/** The answer below `B/oauth` to an address, or a method, that is not in the table. */
export const NOTHING_HERE = {
  error: 'invalid_request',
  error_description: 'There is nothing at this address, or not for this method.',
}
