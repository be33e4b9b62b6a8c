import { decodeJwt } from 'jose'
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { type Bucket, countFailure, networkOf, secondsToWait } from '../account/rate-limit.ts'
import { findForm } from '../engine/read-form.ts'
import { requireUnitOfWork } from '../engine/unit-of-work.ts'

interface Deps {
  engine: Provider
  store: Store
  clock: Clock
}

const AUTHENTICATED = ['/oauth/token', '/oauth/introspect', '/oauth/revoke']

/** Makes who guesses a client's secret, or forges its assertions, wait; at that network only: the client itself goes on elsewhere (A23). */
export const limitClientFailures = ({ engine, store, clock }: Deps): void => {
  engine.use(async (ctx, next) => {
    if (ctx.method !== 'POST' || !AUTHENTICATED.includes(ctx.path)) return next()
    const client = findClient(ctx)
    if (client === undefined) return next()
    const now = clock()
    const buckets: Bucket[] = [{ limit: 'client', value: `${client} ${networkOf(ctx.ip)}` }]
    const wait = await secondsToWait(store, buckets, now)
    if (wait > 0) {
      ctx.status = 429
      ctx.set('Retry-After', String(wait))
      ctx.body = {
        error: 'temporarily_unavailable',
        error_description: 'Too many failed attempts to authenticate this client from this address.',
      }
      return
    }
    await next()
    if (ctx.status === 401) requireUnitOfWork().operations.push((trx) => countFailure(trx, buckets, now))
  })
}

/** The client that HTTP Basic or an assertion names; without them nothing was presented that could be guessed. */
const findClient = (ctx: Pick<KoaContextWithOIDC, 'get' | 'state'>): string | undefined => {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(ctx.get('authorization'))?.[1]
  if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString().split(':', 1)[0]
  const assertion = findForm(ctx)?.get('client_assertion')
  return assertion ? subjectOf(assertion) : undefined
}

/** Whom an assertion is about, whoever signed it. What is no JWT proves nothing and is refused at once. */
const subjectOf = (assertion: string): string | undefined => {
  try {
    const { sub } = decodeJwt(assertion)
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}
