import type Provider from 'oidc-provider'
import type { Clock } from '../../config.ts'
import type { Store } from '../../store/store.ts'
import { type Bucket, LIMITS, networkOf, reserveTry } from '../account/rate-limit.ts'
import { addStep, type StepContext } from '../engine/endpoints.ts'
import { findPresentedClient } from './presented-client.ts'
import { createTurns } from './turns.ts'

interface Deps {
  engine: Provider
  store: Store
  clock: Clock
}

/** How many tries run at once per bucket: half of the limit, so that a busy application keeps to it even on two processes. */
const CONCURRENT_TRIES = LIMITS.client.failures / 2

/** Returns the bucket for the secrets and assertions of an application that are presented from one network. */
export const clientBucket = (clientId: string, address: string): Bucket => ({
  limit: 'client',
  value: `${clientId} ${networkOf(address)}`,
})

/**
 * Limits failed attempts to authenticate as a client, per network, so that the client itself can continue from elsewhere
 * (A23). A try is counted before it is checked (F10).
 */
export const limitClientFailures = ({ engine, store, clock }: Deps): void => {
  const takeTurn = createTurns(CONCURRENT_TRIES)
  addStep(engine, ['token', 'introspection', 'revocation'], async (ctx, next) => {
    const client = findPresentedClient(ctx)
    if (client === undefined) return next()
    // Unknown names share one bucket per network, because an attacker can invent any number of them.
    const isKnown = await engine.Client.find(client).then(Boolean, () => true)
    const bucket = clientBucket(isKnown ? client : '', ctx.ip)
    const endTurn = await takeTurn(bucket.value)
    let uncounting: Promise<void> | undefined
    try {
      const attempt = await reserveTry(store, [bucket], clock())
      if ('wait' in attempt) return refuse(ctx, attempt.wait)
      await next()
      if (ctx.status !== 401) uncounting = store.write(attempt.uncount)
    } finally {
      // The answer does not wait for this write. If it fails, the try stays counted.
      void Promise.allSettled([uncounting]).then(endTurn)
    }
  })
}

const refuse = (ctx: StepContext, wait: number): void => {
  ctx.status = 429
  ctx.set('Retry-After', String(wait))
  ctx.body = {
    error: 'temporarily_unavailable',
    error_description: 'Too many failed attempts to authenticate this client from this address.',
  }
}
