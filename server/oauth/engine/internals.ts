import type { IncomingMessage } from 'node:http'
import type { JWK } from 'jose'
import type Provider from 'oidc-provider'
import type { Client, ClientMetadata } from 'oidc-provider'
import { get as stateOf } from 'oidc-provider/lib/helpers/weak_cache.js'

/**
 * Every reach into oidc-provider that neither its documentation nor its types promise, so that a new version of it is judged
 * in one place (docs/decisions/0047). `tests/unit/oauth/engine-internals.test.ts` fails for each that has moved.
 */

/** Absent from the types, or not as they have it. */
interface ClientClass {
  new (metadata: object): Client
  readonly adapter: { upsert(id: string, metadata: ClientMetadata): Promise<void> }
  readonly Schema: { prototype: { scopes: (this: ClientMetadata) => void } }
  needsSecret(metadata: object): boolean
}

const clientClass = (engine: Provider): ClientClass => engine.Client as unknown as ClientClass

/**
 * Gives the engine other signing keys. It takes them once, when it is made, and keys are rotated while it runs.
 *
 * @param signing private; signs id_tokens.
 * @param published public; what `jwks_uri` answers. All but the first only verify.
 */
export const replaceKeys = (engine: Provider, signing: JWK, published: readonly JWK[]): void => {
  const state = stateOf(engine)
  // In one turn of the event loop: no request finds the store empty.
  state.keystore.clear()
  state.keystore.add(signing)
  for (const key of published.slice(1)) state.keystore.add({ ...key, key_ops: ['verify'] })
  state.jwks = { keys: [...published] }
}

/** Replaces the comparison of client secrets, which takes what is stored for the secret itself; here it is a hash. */
export const compareSecretsBy = (
  engine: Provider,
  matches: (stored: string, presented: string) => Promise<boolean>,
): void => {
  engine.Client.prototype.compareClientSecret = async function (this: Client, presented: string) {
    return this.clientSecret !== undefined && matches(this.clientSecret, presented)
  }
}

/**
 * Replaces the check of client metadata `scope`, which knows a fixed list of words; resource scopes have no list.
 *
 * @param check returns `scope` as it is registered. @throws InvalidClientMetadata
 */
export const checkScopesBy = (
  engine: Provider,
  check: (scope: string, metadata: ClientMetadata) => string,
): void => {
  clientClass(engine).Schema.prototype.scopes = function () {
    if (this.scope !== undefined) this.scope = check(this.scope, this)
  }
}

/** An application as the engine would register it; the types have no constructor. @throws OIDCProviderError */
export const newClient = (engine: Provider, metadata: object): Client => new (clientClass(engine))(metadata)

/** Whether an application with this metadata has a secret. */
export const needsSecret = (engine: Provider, metadata: object): boolean =>
  clientClass(engine).needsSecret(metadata)

/** Writes an application by the engine's adapter, as its own registration does. */
export const saveClient = (engine: Provider, client: Client): Promise<void> =>
  clientClass(engine).adapter.upsert(client.clientId, client.metadata())

/** The public keys of an application, by which the engine has just verified its assertion. */
export const keysOf = (client: Client): readonly { kid?: string }[] => [
  ...(client as unknown as { asymmetricKeyStore: Iterable<{ kid?: string }> }).asymmetricKeyStore,
]

/** What the engine does with cookies: it reads and sets values by name, and nothing else. */
export interface EngineCookies {
  readonly secure: boolean
  get(name: string): string | undefined
  /** @param value null takes the cookie away. */
  set(name: string, value?: string | null): this
}

export type EngineContext = ReturnType<Provider['createContext']>

/** Puts others in the place of the engine's cookies, of which it makes more than one context for each request. */
export const replaceCookies = (
  engine: Provider,
  cookiesOf: (ctx: EngineContext, request: IncomingMessage) => EngineCookies,
): void => {
  const create = engine.createContext.bind(engine)
  engine.createContext = (request, response) => {
    const ctx = create(request, response)
    ctx.cookies = cookiesOf(ctx, request) as unknown as EngineContext['cookies']
    return ctx
  }
}

/** Gives each request an empty session that is neither stored nor sent as a cookie; the engine has no setting for that. */
export const keepNoSessions = (engine: Provider): void => {
  engine.Session.get = async (ctx) => {
    const session = new engine.Session()
    // As if it had been destroyed: the engine does not store it.
    Object.assign(session, { destroyed: true })
    if ('oidc' in ctx) ctx.oidc.entity('Session', session)
    return session
  }
}

/** Lets the engine read a body that was read already: it reads the request by these members. */
export const offerBody = (request: IncomingMessage, body: Buffer): void => {
  request.headers['content-length'] = String(body.length)
  Object.defineProperties(request, {
    readable: { value: true, configurable: true },
    iterator: { value: () => [body], configurable: true },
  })
}

/** Whether the token endpoint refused a grant type that exists and is not this client's: only the words tell. */
export const isGrantTypeRefused = (body: unknown): boolean =>
  (body as { error_description?: string } | undefined)?.error_description ===
  'requested grant type is not allowed for this client'
