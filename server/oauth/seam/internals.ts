import type { IncomingMessage } from 'node:http'
import type { JWK } from 'jose'
import type Provider from 'oidc-provider'
import type { Client, ClientMetadata } from 'oidc-provider'
import { get as stateOf } from 'oidc-provider/lib/helpers/weak_cache.js'

/**
 * Every use of undocumented or untyped parts of oidc-provider, so that a new version is reviewed in one place
 * (docs/decisions/0047). `tests/unit/oauth/engine-internals.test.ts` fails when one of them has changed.
 */

/** Members that the types lack or declare differently. */
interface ClientClass {
  new (metadata: object): Client
  readonly adapter: { upsert(id: string, metadata: ClientMetadata): Promise<void> }
  readonly Schema: { prototype: { scopes: (this: ClientMetadata) => void } }
  needsSecret(metadata: object): boolean
}

const clientClass = (engine: Provider): ClientClass => engine.Client as unknown as ClientClass

/**
 * Replaces the engine's signing keys. The engine reads them only when it is created, but keys are rotated while it runs.
 *
 * @param signing private; signs id_tokens.
 * @param published public; the answer of `jwks_uri`. All but the first only verify.
 */
export const replaceKeys = (engine: Provider, signing: JWK, published: readonly JWK[]): void => {
  const state = stateOf(engine)
  // No `await` here, so that no request finds the key store empty.
  state.keystore.clear()
  state.keystore.add(signing)
  for (const key of published.slice(1)) state.keystore.add({ ...key, key_ops: ['verify'] })
  state.jwks = { keys: [...published] }
}

/** Replaces the engine's comparison of client secrets, because the stored value is a hash, not the secret itself. */
export const compareSecretsWith = (
  engine: Provider,
  matches: (storedSecret: string, presentedSecret: string) => Promise<boolean>,
): void => {
  engine.Client.prototype.compareClientSecret = async function (this: Client, presentedSecret: string) {
    return this.clientSecret !== undefined && matches(this.clientSecret, presentedSecret)
  }
}

/**
 * Replaces the check of client metadata `scope`, which allows a fixed list only; resource scopes cannot be listed.
 *
 * @param check returns the `scope` to register. @throws InvalidClientMetadata
 */
export const checkScopesWith = (
  engine: Provider,
  check: (scope: string, metadata: ClientMetadata) => string,
): void => {
  clientClass(engine).Schema.prototype.scopes = function () {
    if (this.scope !== undefined) this.scope = check(this.scope, this)
  }
}

/** Creates an application as the engine's registration does; the types have no constructor. @throws OIDCProviderError */
export const newClient = (engine: Provider, metadata: object): Client => new (clientClass(engine))(metadata)

/** Checks whether an application with this metadata has a secret. */
export const needsSecret = (engine: Provider, metadata: object): boolean =>
  clientClass(engine).needsSecret(metadata)

/** Stores an application through the engine's adapter, as its own registration does. */
export const saveClient = (engine: Provider, client: Client): Promise<void> =>
  clientClass(engine).adapter.upsert(client.clientId, client.metadata())

/** Returns the public keys of an application, with which the engine has just verified its assertion. */
export const keysOf = (client: Client): readonly { kid?: string }[] => [
  ...(client as unknown as { asymmetricKeyStore: Iterable<{ kid?: string }> }).asymmetricKeyStore,
]

/** The part of the cookies' interface that the engine uses. */
export interface EngineCookies {
  readonly secure: boolean
  get(name: string): string | undefined
  /** @param value null deletes the cookie. */
  set(name: string, value?: string | null): this
}

export type EngineContext = ReturnType<Provider['createContext']>

/** Replaces the cookies of every context that the engine creates; it creates several for one request. */
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
export const disableSessions = (engine: Provider): void => {
  engine.Session.get = async (ctx) => {
    const session = new engine.Session()
    // As if it had been destroyed: the engine does not store it.
    Object.assign(session, { destroyed: true })
    if ('oidc' in ctx) ctx.oidc.entity('Session', session)
    return session
  }
}

/**
 * Adds a step to the lookup of pending authorizations or codes, which the engine has no setting for.
 *
 * @param revise returns `undefined` for a record that no longer exists for the engine.
 */
export const reviseFound = <M extends 'Interaction' | 'AuthorizationCode'>(
  engine: Provider,
  model: M,
  revise: (record: InstanceType<Provider[M]>) => Promise<InstanceType<Provider[M]> | undefined>,
): void => {
  const records = engine[model] as {
    find(...input: unknown[]): Promise<InstanceType<Provider[M]> | undefined>
  }
  const find = records.find.bind(records)
  records.find = async (...input) => {
    const record = await find(...input)
    return record && revise(record)
  }
}

/** Lets the engine read a body that was already read, by replacing the members that it reads it through. */
export const offerBody = (request: IncomingMessage, body: Buffer): void => {
  request.headers['content-length'] = String(body.length)
  Object.defineProperties(request, {
    readable: { value: true, configurable: true },
    iterator: { value: () => [body], configurable: true },
  })
}

/** Checks whether the token endpoint refused a grant type that this client may not use; only the message tells. */
export const isGrantTypeRefused = (body: unknown): boolean =>
  (body as { error_description?: string } | undefined)?.error_description ===
  'requested grant type is not allowed for this client'
