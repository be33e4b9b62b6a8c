import type Provider from 'oidc-provider'
import type { Clock } from '../../config.ts'
import { type Bucket, networkOf, reserveTry, siteOf, uncountOne } from '../../sign-in/secrets/rate-limit.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { addStep, type StepContext } from '../seam/endpoints.ts'

interface Deps {
  engine: Provider
  store: Store
  clock: Clock
  /** Renders the page for a network that began too many authorizations. */
  waitPage: (ctx: Pick<StepContext, 'get'>) => string
}

const bucketsOf = (address: string): Bucket[] => [
  { limit: 'authorization', value: networkOf(address) },
  { limit: 'authorizationSite', value: siteOf(address) },
]

/**
 * Limits the authorizations that one network, and one site of many networks, begins and nobody signs in to. Anyone may begin one, and
 * each is stored for half an hour with up to 33 kB, so it is counted before anything is done. One that is refused, or that asks for no page
 * (`prompt=none`), costs about as much, and counts as well (J03).
 */
export const limitAuthorizations = ({ engine, store, clock, waitPage }: Deps): void => {
  addStep(engine, ['authorization'], async (ctx, next) => {
    const attempt = await reserveTry(store, bucketsOf(ctx.ip), clock())
    if (!('wait' in attempt)) return next()
    ctx.status = 429
    ctx.set('Retry-After', String(attempt.wait))
    ctx.type = 'html'
    ctx.body = waitPage(ctx)
  })
}

/** Uncounts one authorization of this network and site, because a person signed in to it. */
export const uncountAuthorization = (trx: Db, address: string, now: number): Promise<void> =>
  uncountOne(trx, bucketsOf(address), now)
