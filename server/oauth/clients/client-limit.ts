import type Provider from 'oidc-provider'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { type Bucket, countFailure, networkOf, secondsToWait } from '../account/rate-limit.ts'
import { addStep } from '../engine/endpoints.ts'
import { requireUnitOfWork } from '../engine/unit-of-work.ts'
import { findPresentedClient } from './presented-client.ts'

interface Deps {
  engine: Provider
  store: Store
  clock: Clock
}

/** Makes who guesses a client's secret, or forges its assertions, wait; at that network only: the client itself goes on elsewhere (A23). */
export const limitClientFailures = ({ engine, store, clock }: Deps): void => {
  addStep(engine, ['token', 'introspection', 'revocation'], async (ctx, next) => {
    const client = findPresentedClient(ctx)
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
