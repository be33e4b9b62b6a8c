import type Provider from 'oidc-provider'
import type { Clock, Config } from '../../config.ts'
import { deviceValue, isKnownBrowser } from '../../sign-in/password/device-cookie.ts'
import { type Bucket, networkOf, reserveTry, siteOf, uncountOne } from '../../sign-in/secrets/rate-limit.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { addStep, type StepContext } from '../seam/endpoints.ts'

interface Deps {
  engine: Provider
  config: Config
  store: Store
  clock: Clock
  /** Renders the page for a network that began too many authorizations, with the seconds until it may begin others. */
  waitPage: (ctx: Pick<StepContext, 'get'>, seconds: number) => string
}

const bucketsOf = (address: string): Bucket[] => [
  { limit: 'authorization', value: networkOf(address) },
  { limit: 'authorizationSite', value: siteOf(address) },
]

/**
 * Limits the authorizations that one network, and one site of many networks, begins and nobody signs in to. Anyone may begin one, and
 * each is stored for half an hour with up to 33 kB, so it is counted before anything is done. One that is refused, or that asks for no page
 * (`prompt=none`), costs about as much, and counts as well (J03). Strangers at the same address do not stop a browser in which somebody
 * signed in before: it has a count of its own.
 */
export const limitAuthorizations = ({ engine, config, store, clock, waitPage }: Deps): void => {
  addStep(engine, ['authorization'], async (ctx, next) => {
    const attempt = await reserveTry(store, bucketsOf(ctx.ip), clock())
    if (!('wait' in attempt)) return next()
    const browser = deviceValue(config, { headers: { cookie: ctx.get('cookie') } })
    if (browser !== undefined && (await isKnownBrowser(store.db, browser, clock()))) {
      const own = await reserveTry(store, [{ limit: 'authorizationBrowser', value: browser }], clock())
      if (!('wait' in own)) return next()
    }
    ctx.status = 429
    ctx.set('Retry-After', String(attempt.wait))
    ctx.type = 'html'
    ctx.body = waitPage(ctx, attempt.wait)
  })
}

/** Uncounts one authorization of this network and site, because a person signed in to it. */
export const uncountAuthorization = (trx: Db, address: string, now: number): Promise<void> =>
  uncountOne(trx, bucketsOf(address), now)
