import type Provider from 'oidc-provider'
import type { Clock } from '../../config.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { type Bucket, giveOneBack, networkOf, reserveTry } from '../account/rate-limit.ts'
import { addStep, type StepContext } from '../engine/endpoints.ts'
import { requireUnitOfWork } from '../engine/unit-of-work.ts'

interface Deps {
  engine: Provider
  store: Store
  clock: Clock
  /** The page for a network that has begun too many. */
  waitPage: (ctx: Pick<StepContext, 'get'>) => string
}

const bucketOf = (address: string): Bucket => ({ limit: 'authorization', value: networkOf(address) })

/**
 * An authorization is kept for half an hour with all that its request held, up to 12 kB, and anybody may begin one. So
 * those of a network that nobody has signed in to are counted, before they are kept.
 */
export const limitBegun = ({ engine, store, clock, waitPage }: Deps): void => {
  addStep(engine, ['authorization'], async (ctx, next) => {
    const reserved = await reserveTry(store, [bucketOf(ctx.ip)], clock())
    if ('wait' in reserved) {
      ctx.status = 429
      ctx.set('Retry-After', String(reserved.wait))
      ctx.type = 'html'
      ctx.body = waitPage(ctx)
      return
    }
    await next()
    if (!isKept(ctx)) requireUnitOfWork().operations.push(reserved.giveBack)
  })
}

/** Whether the engine goes on with this request at a page. Any other answer leaves nothing behind. */
const isKept = ({ status, response }: StepContext): boolean =>
  status === 303 && response.get('Location').startsWith('/')

/** No longer counts one authorization of this network, because somebody signed in to it. */
export const signedInFrom = (trx: Db, address: string, now: number): Promise<void> =>
  giveOneBack(trx, bucketOf(address), now)
