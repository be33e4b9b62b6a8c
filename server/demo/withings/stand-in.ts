import fastify, { type FastifyInstance, LogController } from 'fastify'
import type { Clock } from '../../config.ts'
import { today } from '../calendar.ts'
import { accountRoutes } from './account-routes.ts'
import { apiRoutes } from './api-routes.ts'
import { type Application, demoApplication } from './application.ts'
import type { MeasureGroup } from './measures.ts'
import { answersHead, createNotifications } from './notifications.ts'
import { john, type StandInPerson } from './people.ts'
import { createReadings, type NewMeasures } from './readings.ts'
import { createSignatures } from './signatures.ts'
import { readState, type Subscription, writeState } from './state.ts'
import { defaultSwitches, type Switches } from './switches.ts'
import { createTokens } from './tokens.ts'

export interface StandIn {
  readonly app: FastifyInstance
  readonly switches: Switches
  /** Adds measures of a person, or edits those with the same `grpid`. */
  measure(userid: number, measures: NewMeasures): MeasureGroup
  /** Deletes a person's group of measures. */
  remove(userid: number, grpid: number): void
  /** The addresses that are notified. */
  subscriptions(): readonly Subscription[]
  /** Ends a person's permission for an application, as the person would do at Withings. */
  unlink(clientId: string, userid: number): void
  /** Sends the notifications that are due. */
  deliverDue(): Promise<void>
  /** Checks whether Withings' dashboard would accept a redirect address: it must answer `HEAD` with 200. */
  takesCallback(url: string): Promise<boolean>
}

export interface StandInOptions {
  readonly people?: readonly StandInPerson[]
  readonly applications?: readonly Application[]
  readonly clock?: Clock
  /** The file that keeps permissions from one start to the next. */
  readonly stateFile?: string
  /** Writes one JSON object a line to standard output; off in tests. */
  readonly log?: boolean
}

/**
 * Stands in for account.withings.com and wbsapi.withings.net at one address, without a port. It follows the protocol as Withings'
 * documents and clients describe it, and is as strict as Withings is known to be.
 */
export const createStandIn = ({
  people = [john],
  applications = [demoApplication],
  clock = Date.now,
  stateFile,
  log = false,
}: StandInOptions = {}): StandIn => {
  const switches = defaultSwitches()
  const now = () => clock() + switches.clockAhead
  const state = readState(stateFile, today(clock()))
  const save = () => stateFile !== undefined && writeState(stateFile, state)
  const stateDeps = { state, now, save }
  const tokens = createTokens(stateDeps)
  const notifications = createNotifications(stateDeps)
  const readings = createReadings({ people, ...stateDeps, notifications })
  const signatures = createSignatures({ applications, now })
  const unlink = (clientId: string, userid: number) => {
    notifications.planUnlinked(clientId, userid)
    tokens.revoke(clientId, userid)
  }

  const app = fastify({
    logController: new LogController({ disableRequestLogging: true }),
    logger: log && { level: 'info', base: null, timestamp: false },
    bodyLimit: 16_384,
    forceCloseConnections: true,
  })
  app.register(apiRoutes({ tokens, signatures, notifications, readings, switches, now }))
  app.register(accountRoutes({ people, applications, tokens, switches, unlink }))
  app.get('/readyz', async () => ({ status: 'ready' }))
  save()
  return {
    app,
    switches,
    measure: readings.measure,
    remove: readings.remove,
    subscriptions: () => state.subscriptions,
    unlink,
    deliverDue: notifications.deliverDue,
    takesCallback: answersHead,
  }
}
