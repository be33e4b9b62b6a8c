import type Provider from 'oidc-provider'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { type Bucket, countFailure, networkOf, secondsToWait } from '../account/rate-limit.ts'
import { requireUnitOfWork } from '../engine/unit-of-work.ts'

interface Deps {
  engine: Provider
  store: Store
  clock: Clock
}

const AUTHENTICATED = ['/oauth/token', '/oauth/introspect', '/oauth/revoke']

/** Makes who guesses a client's secret wait, at that network only: the client itself goes on elsewhere (A23). */
export const limitClientFailures = ({ engine, store, clock }: Deps): void => {
  engine.use(async (ctx, next) => {
    if (ctx.method !== 'POST' || !AUTHENTICATED.includes(ctx.path)) return next()
    const client = clientOf(ctx.get('authorization'))
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

/** The client that HTTP Basic names; without it nothing secret was presented that could be guessed. */
const clientOf = (authorization: string): string | undefined => {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString().split(':', 1)[0]
}
