import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'
import type { Config } from '../../config.ts'
import type { Keys } from '../../keys/keys.ts'
import { begunCookie, proofOf, proofsIn } from '../../sign-in/visit/begun-cookie.ts'
import { isFormToken, type OwnCookie } from '../../sign-in/visit/own-cookie.ts'
import { type EngineContext, type EngineCookies, replaceCookies } from '../seam/internals.ts'

/** Most pending authorizations of one browser; a further one replaces the oldest. */
const MOST = 8

/** Addresses between an application's request and its code; each contains the id of its authorization. */
const ADDRESS = /^\/(?:oauth\/authorize|login|consent)\/([\w-]+)(?:[/?]|$)/

/**
 * Binds an authorization to the browser that began it: one cookie holds an HMAC of the id of each pending authorization.
 * It replaces the engine's own cookies, which are set for the path of each address. A `__Host-` cookie cannot have such a
 * path, so a neighbouring subdomain could plant them.
 */
export const bindToBrowser = (engine: Provider, config: Config, keys: Pick<Keys, 'cookies'>): void => {
  const cookie = begunCookie(config)
  replaceCookies(
    engine,
    (ctx, request) =>
      new BegunAuthorizations(ctx, request, { engine, cookie, keys: { cookies: keys.cookies } }),
  )
}

interface Deps {
  readonly engine: Provider
  readonly cookie: OwnCookie
  readonly keys: Pick<Keys, 'cookies'>
}

class BegunAuthorizations implements EngineCookies {
  readonly secure = false
  readonly #ctx: EngineContext
  readonly #id: string | undefined
  readonly #deps: Deps
  #proofs: readonly string[]

  constructor(ctx: EngineContext, { url, headers }: IncomingMessage, deps: Deps) {
    this.#ctx = ctx
    this.#id = ADDRESS.exec(url ?? '')?.[1]
    this.#deps = deps
    this.#proofs = proofsIn(deps.cookie, headers.cookie)
  }

  /** Returns the id in the address, if this browser began that authorization. */
  get(): string | undefined {
    const id = this.#id
    return id !== undefined && this.#proofs.some((proof) => this.#proves(id, proof)) ? id : undefined
  }

  /** @param value the id of a new authorization; null when the engine completes the one in the address. */
  set(name: string, value?: string | null): this {
    const { engine, cookie, keys } = this.#deps
    // The engine sets two cookies for each authorization; one proof replaces both.
    if (value && name !== engine.cookieName('interaction')) return this
    const id = value ?? this.#id ?? ''
    const others = this.#proofs.filter((proof) => !this.#proves(id, proof))
    this.#proofs = value ? [...others, proofOf(keys, id)].slice(-MOST) : others
    this.#ctx.set('Set-Cookie', cookie.set(this.#proofs.join('.')))
    return this
  }

  #proves(id: string, proof: string): boolean {
    return isFormToken(Buffer.from(this.#deps.keys.cookies), id, proof)
  }
}
