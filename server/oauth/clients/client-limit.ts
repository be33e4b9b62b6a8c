import { decodeJwt } from 'jose'
import type Provider from 'oidc-provider'
import type { Clock } from '../../config.ts'
import { type Bucket, networkOf, siteOf } from '../../sign-in/secrets/rate-limit.ts'
import type { Store } from '../../store/store.ts'
import { addStep, type StepContext } from '../seam/endpoints.ts'
import { findAssertion } from '../seam/read-body.ts'
import { namesKey } from './client-assertion.ts'
import { createClientTries } from './client-tries.ts'

/**
 * Returns the `client_id` whose secret or assertion a request presents, decoded as the engine decodes it, so that another
 * spelling of the header is not another client (F07). Returns `undefined` if the engine would check no credentials: there
 * are none, or it refuses their form.
 */
const findPresentedClient = (ctx: Pick<StepContext, 'get' | 'state'>): string | undefined => {
  const header = ctx.get('authorization')
  if (header !== '') return nameInBasic(header)
  const assertion = findAssertion(ctx)
  return assertion ? subjectOf(assertion) : undefined
}

/** Returns the name in a Basic header (RFC 7617), which is form-encoded before joining (RFC 6749 section 2.3.1). */
const nameInBasic = (header: string): string | undefined => {
  const [scheme = '', encoded = '', ...rest] = header.split(' ')
  if (scheme.toLowerCase() !== 'basic' || rest.length > 0) return undefined
  const [name] = Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)
  try {
    return name && decodeURIComponent(name.replaceAll('+', '%20'))
  } catch {
    return undefined
  }
}

/** Returns the subject of an assertion, unverified; `undefined` if it is not a JWT, which the engine refuses anyway. */
const subjectOf = (assertion: string): string | undefined => {
  try {
    const { sub } = decodeJwt(assertion)
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}

interface Deps {
  engine: Provider
  store: Store
  clock: Clock
}

/** Returns the buckets for the secrets and assertions of an application that are presented from one network, and from one site. */
export const clientBuckets = (clientId: string, address: string): readonly [Bucket, Bucket] => [
  { limit: 'client', value: `${clientId} ${networkOf(address)}` },
  { limit: 'clientSite', value: `${clientId} ${siteOf(address)}` },
]

/**
 * Limits failed attempts to authenticate as a client, per network, so that the client itself can continue from elsewhere
 * (A23). A try is counted before it is checked (F10).
 *
 * @returns a function to call when the server closes.
 */
export const limitClientFailures = ({ engine, store, clock }: Deps): (() => Promise<void>) => {
  const tries = createClientTries({ store, clock })
  addStep(engine, ['token', 'introspection', 'revocation'], async (ctx, next) => {
    const client = findPresentedClient(ctx)
    if (client === undefined) return next()
    // Unknown names share one bucket per network, because an attacker can invent any number of them.
    const isKnown = await engine.Client.find(client).then(Boolean, () => true)
    const assertion = findAssertion(ctx)
    const wait = await tries.run(clientBuckets(isKnown ? client : '', ctx.ip), async () => {
      if (assertion && !namesKey(assertion)) refuseUnnamedKey(ctx)
      else await next()
      return ctx.status !== 401
    })
    if (wait !== undefined) refuse(ctx, wait)
  })
  return tries.close
}

const refuseUnnamedKey = (ctx: StepContext): void => {
  ctx.status = 401
  ctx.body = { error: 'invalid_client', error_description: 'kid must name the key of the client assertion' }
}

const refuse = (ctx: StepContext, wait: number): void => {
  ctx.status = 429
  ctx.set('Retry-After', String(wait))
  ctx.body = {
    error: 'temporarily_unavailable',
    error_description: 'Too many failed attempts to authenticate this client from this address.',
  }
}
