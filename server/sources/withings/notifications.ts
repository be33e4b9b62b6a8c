import { createHash, randomBytes } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Config, WithingsSource } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import { createRecentlyUsed } from '../../recently-used.ts'
import type { TokenUser, WithingsAccount } from './tokens.ts'
import { isLater, WithingsError } from './withings-error.ts'

const PATH = '/_withings'
/** The shortest time between two fetches of a person's readings, however many notifications arrive; milliseconds. */
const SHORTEST = 60_000
/**
 * The most notifications that are looked up at the same time. Others are dropped, because readings are fetched regularly anyway.
 */
const AT_ONCE = 8

/** How often Withings may refuse a subscription before it is no longer asked for it, until the person connects again. */
const MOST_REFUSALS = 2
/** The most people whose subscriptions are remembered as begun or refused. */
const MOST_TRIES = 10_000

interface NotificationDeps extends TokenUser {
  readonly config: Pick<Config, 'publicUrl'>
  readonly source: WithingsSource
  readonly report: (facts: object, sentence: string) => void
}

/**
 * Notifications from Withings about new readings. They are unsigned, so no data is taken from them: a sender who knows the secret
 * part of an address, which only Withings was told, makes the next request ask Withings sooner.
 */
export const createNotifications = (deps: NotificationDeps) => {
  const { config, source, store, clock, client, tokens, report } = deps
  let looking = 0
  /** By connection. Every try gives the same address, so that Withings keeps one, whatever happened to the answers. */
  const tries = createRecentlyUsed<{ readonly secret: string; refusals: number }>(MOST_TRIES)

  const hasten = async (hook: string): Promise<void> => {
    const due = store.db
      .selectFrom('withings_account')
      .select('patient')
      .where('hook', '=', hook)
      .where('fault', 'is', null)
      .where('read_at', '<=', clock() - SHORTEST)
      .where('next_read', '>', clock())
    const row = await due.executeTakeFirst()
    if (!row) return
    await store.write((trx) =>
      trx.updateTable('withings_account').set({ next_read: 0 }).where('hook', '=', hook).execute(),
    )
  }

  /** Stores a subscription, if it is still of this connection: Withings ends it with the connection. Returns whether it is. */
  const keep = ({ patient, connection }: WithingsAccount, hook: string): Promise<boolean> =>
    store.write(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('withings_account')
        .set({ hook })
        .where((eb) => eb.and({ patient, connection }))
        .where('fault', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    })

  return {
    /** Subscribes to notifications about a person, once. Without them, readings are only some minutes older. */
    subscribe: async (account: WithingsAccount): Promise<void> => {
      // Withings sends notifications to https addresses only.
      if (account.hook !== null || !canReach(config.publicUrl, source.apiUrl)) return
      const attempt = tries(account.connection, () => ({
        secret: randomBytes(32).toString('base64url'),
        refusals: 0,
      }))
      if (attempt.refusals >= MOST_REFUSALS) return
      const { secret } = attempt
      const callback = `${config.publicUrl}${PATH}/${secret}`
      const made: (1 | 4)[] = []
      try {
        for (const appli of [1, 4] as const) {
          await tokens.use(account, (access) => client.subscribe(access, callback, appli))
          made.push(appli)
        }
        if (!(await keep(account, hash(secret))))
          throw new WithingsError('away', 'The person connected again, or disconnected.')
      } catch (error) {
        if (!isLater(error)) attempt.refusals++
        // Half a subscription would notify an address that is stored nowhere. Withings may have ended some of it itself.
        await Promise.allSettled(
          made.map((appli) => tokens.use(account, (access) => client.unsubscribe(access, callback, appli))),
        )
        throw error
      }
    },

    /** Gives every request the same answer immediately, and looks it up afterwards. */
    routes: (async (app) => {
      app.head(`${PATH}/:secret`, async (_request, reply) => reply.send())
      app.post<{ Params: { secret: string } }>(`${PATH}/:secret`, async (request, reply) => {
        if (looking < AT_ONCE) {
          looking++
          void hasten(hash(request.params.secret))
            .catch((error: unknown) => report(faultOf(error), 'a hint of Withings was lost'))
            .finally(() => {
              looking--
            })
        }
        return reply.send()
      })
    }) satisfies FastifyPluginAsync,
  }
}

const canReach = (publicUrl: string, apiUrl: string): boolean =>
  publicUrl.startsWith('https:') || apiUrl.startsWith('http:')

const hash = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
