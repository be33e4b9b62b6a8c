import { createHash, randomBytes } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Clock, Config, WithingsSource } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import type { Store } from '../../store/store.ts'
import type { Tokens, WithingsAccount } from './tokens.ts'
import type { WithingsClient } from './withings-client.ts'

const PATH = '/_withings'
/** The shortest time between two fetches of a person's readings, however many notifications arrive; milliseconds. */
const SHORTEST = 60_000
/**
 * The most notifications that are looked up at the same time. Others are dropped, because readings are fetched regularly anyway.
 */
const AT_ONCE = 8

interface NotificationDeps {
  readonly config: Pick<Config, 'publicUrl'>
  readonly source: WithingsSource
  readonly store: Store
  readonly clock: Clock
  readonly client: WithingsClient
  readonly tokens: Tokens
  readonly report: (facts: object, sentence: string) => void
}

/**
 * Notifications from Withings about new readings. They are unsigned, so no data is taken from them: a sender who knows the secret
 * part of an address, which only Withings was told, makes the next request ask Withings sooner.
 */
export const createNotifications = (deps: NotificationDeps) => {
  const { config, source, store, clock, client, tokens, report } = deps
  let looking = 0

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

  return {
    /** Subscribes to notifications about a person, once. Without them, readings are only some minutes older. */
    subscribe: async (account: WithingsAccount): Promise<void> => {
      // Withings sends notifications to https addresses only.
      if (account.hook !== null || !canReach(config.publicUrl, source.apiUrl)) return
      const secret = randomBytes(32).toString('base64url')
      const callback = `${config.publicUrl}${PATH}/${secret}`
      for (const appli of [1, 4] as const)
        await tokens.use(account, (bearer) => client.subscribe(bearer, callback, appli))
      await store.write((trx) =>
        trx
          .updateTable('withings_account')
          .set({ hook: hash(secret) })
          .where('patient', '=', account.patient)
          .where('fault', 'is', null)
          .execute(),
      )
    },

    /** Gives every request the same answer immediately, and looks it up afterwards. */
    routes: (async (app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: 4_096 }, (_request, _body, done) =>
        done(null),
      )
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
