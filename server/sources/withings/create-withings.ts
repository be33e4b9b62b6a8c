import type { FastifyPluginAsync } from 'fastify'
import type { Recorder } from '../../audit/write/recorder.ts'
import type { Clock, Config, WithingsSource } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import type { PatientFeed } from '../../fhir/access/source.ts'
import type { PartnerSignIn } from '../../sign-in/partner/partner-sign-in.ts'
import type { Store } from '../../store/store.ts'
import type { Health } from '../transport/upstream.ts'
import { createBriefWaits } from './brief-waits.ts'
import { allNote, createFeed, feedNote } from './feed.ts'
import { createNotifications } from './notifications.ts'
import { deleteLeftovers, endUnnamed } from './removal.ts'
import { createRequestBudget } from './request-budget.ts'
import { withingsSignIn } from './sign-in.ts'
import { tellWithings } from './tell-withings.ts'
import { createTokens, type HeldKeys } from './tokens.ts'
import { createWithingsClient } from './withings-client.ts'

/**
 * How often four things are done: deleting accounts without a name, and readings that are left over, telling Withings which connections
 * ended here, and finishing open renewals. Milliseconds.
 */
const INTERVAL = 60_000

/** How long a server that stops waits for Withings, in milliseconds. */
const LONGEST_FAREWELL = 1_000

interface WithingsDeps {
  readonly config: Pick<Config, 'publicUrl'>
  readonly source: WithingsSource
  readonly store: Store
  readonly clock: Clock
  readonly recorder: Recorder
  /** Keys that are stored outside the database. */
  readonly keys: HeldKeys
  /** Milliseconds that a reader waits for new readings; tests pass their own. */
  readonly patience?: number
  /** Reports to the operator. */
  readonly report: (facts: object, sentence: string) => void
}

interface Withings {
  readonly signIn: PartnerSignIn
  /** Opens what fetches new readings for one request. */
  openFeed(): PatientFeed
  /** Says whether Withings answers, and accepts this organization's secret. */
  health(): Promise<Health>
  /** Receives Withings' notifications about new readings. */
  readonly routes: FastifyPluginAsync
  /** Waits until running work is done, or is broken off because Withings is slow. */
  close(): Promise<void>
}

/** Withings as a source: people sign in there, and their readings are fetched into the organization's own records. */
export const createWithings = (deps: WithingsDeps): Withings => {
  const { source, clock } = deps
  const client = createWithingsClient({ source, clock, take: createRequestBudget(deps) })
  const tokens = createTokens({ ...deps, client })
  const { subscribe, routes } = createNotifications({ ...deps, client, tokens })
  const feed = createFeed({ ...deps, client, tokens, subscribe })
  const issuer = source.apiUrl
  const briefWaits = createBriefWaits(deps)
  const tell = (accountId?: string) => tellWithings({ ...deps, issuer, client }, accountId)
  let rounds: Promise<unknown> | undefined
  const timer = setInterval(() => {
    rounds ??= Promise.all([
      endUnnamed({ ...deps, issuer })
        .then(() => tell())
        .catch((error: unknown) => deps.report(faultOf(error), 'ended connections could not be read')),
      deleteLeftovers(deps.store).catch((error: unknown) =>
        deps.report(faultOf(error), 'former readings of Withings could not be deleted'),
      ),
      tokens
        .finishRenewals(issuer)
        .catch((error: unknown) => deps.report(faultOf(error), 'tokens of Withings could not be renewed')),
    ]).finally(() => {
      rounds = undefined
    })
  }, INTERVAL).unref()
  return {
    signIn: withingsSignIn({
      ...{ ...deps, ...briefWaits, client, tokens },
      tell: (accountId) => briefWaits.waitBriefly(tell(accountId)),
    }),
    openFeed: () => {
      const { bringUpToDate } = feed.open()
      return {
        type: 'Observation',
        bringUpToDate: async (patient) => {
          const state = await bringUpToDate(patient)
          return state && feedNote(state)
        },
        describeAll: async () => allNote(await feed.findOldest()),
      }
    },
    routes,
    health: client.health,
    close: async () => {
      clearInterval(timer)
      setTimeout(client.end, LONGEST_FAREWELL).unref()
      await Promise.all([feed.close(), rounds, briefWaits.close()])
    },
  }
}
