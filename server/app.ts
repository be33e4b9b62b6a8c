import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fastify, { type FastifyInstance, LogController } from 'fastify'
import { measureLog } from './audit/log-progress.ts'
import { openAccessLog } from './audit/open-log.ts'
import { type LogKeyOptions, openLogKey } from './audit/open-log-key.ts'
import { logRoutes } from './audit/routes.ts'
import { createRecorder } from './audit/write/recorder.ts'
import { openClock } from './clock/server-clock.ts'
import { type Clock, type Config, fhirBase } from './config.ts'
import { faultOf, nameRequest, requestNames } from './errors.ts'
import { createAnswerBudget } from './fhir/access/answer-budget.ts'
import { fhirRoutes } from './fhir/http/routes.ts'
import { logProofRoutes } from './fhir/log/log-proofs.ts'
import { createPatientDirectory } from './fhir/patient-directory.ts'
import { findUnreadable } from './files/private-file.ts'
import { createHttpServer } from './http/http-server.ts'
import { limitNetworks } from './http/limit-networks.ts'
import { refuseMalformed } from './http/malformed-request.ts'
import { NO_ROUTE, refuseRequest } from './http/refuse-request.ts'
import { answerUnreadable } from './http/unreadable-request.ts'
import { withinAny } from './ip-address.ts'
import { findKeyId, finishRotation, openKeys } from './keys/keys.ts'
import { logOutput } from './log-output.ts'
import type { Metrics } from './metrics/metrics.ts'
import { installCors } from './oauth/cors.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { SECURITY_HEADERS } from './pages/frame/security-headers.ts'
import { STYLE } from './pages/frame/style.ts'
import { portalRoutes } from './portal/routes.ts'
import { readNoBodies } from './read-at-most.ts'
import { createReadiness, notReady } from './readiness.ts'
import { createPartnerStates, type Partner } from './sign-in/partner/partner-state.ts'
import { answerPageError } from './sign-in/visit/page-error.ts'
import { openSource } from './sources/open-source.ts'
import { createWithings } from './sources/withings/create-withings.ts'
import { resealTokens } from './sources/withings/token-sealer.ts'
import { rememberOrganization } from './store/known-organization.ts'
import type { FileReplaced } from './store/sqlite/sqlite.ts'
import type { Store } from './store/store.ts'
import { sweepRegularly } from './store/tables/sweep.ts'
import { type FreeShare, watchDisk } from './store/watch-disk.ts'

interface AppDeps {
  config: Config
  store: Store
  /** The system's clock. The server derives from it a clock that never goes back. */
  clock: Clock
  /** Milliseconds that pass independently of the system's clock; tests pass their own. */
  elapsed?: Clock
  /** As in `ServerClockDeps`; tests that pass their own clock pass it here as well. */
  databaseTime?: () => Promise<number | undefined>
  /** As `ServerClockDeps.accept`. */
  acceptClock?: boolean
  /** As `moves` of `rememberOrganization`. */
  moveAddress?: boolean
  /** Signs the access log's checkpoints. */
  logKey: LogKeyOptions
  /** The file with the keys that sign id_tokens, cookies, forms and page links. It is created if absent. */
  keyFile: string
  /** Absent if the configuration names no port for them. */
  metrics?: Metrics | undefined
  /** Writes one JSON object a line to standard output; off in tests. */
  log?: boolean
  /** Measures the free share of a disk; by default, asks the system. */
  freeShare?: FreeShare
  /** Milliseconds for which a reader waits for new readings of Withings; by default, two seconds. */
  patience?: number
}

const CLOCK_BEHIND =
  "This machine's clock is behind the latest time in the database. Until it catches up, the server's time runs on from that latest time at half speed. If the clock is right now and was ahead before, stop every server of this database, because one that runs keeps the wrong time, and start once with --accept-clock."

/** How long a check of readiness waits for the source, in milliseconds. */
const SOURCE_TIME = 2_000
const SOURCE_WARNINGS = {
  working: undefined,
  away: {
    warning: 'source-unreachable',
    detail: 'The server that holds the records cannot be reached, or does not answer as it should.',
  },
  refused: {
    warning: 'source-refused',
    detail:
      'The server that holds the records refuses the credential that the configuration names, or its file cannot be read; the log of the server says which.',
  },
} as const
const CLOCK_AHEAD =
  "This machine's clock has leapt ahead. It is believed once that has lasted for a minute. Until then the server's time goes on from where it was. If the clock is wrong, set it."
/** @param apart as `clocksApart` says it. */
const doubted = (apart: string): string =>
  `${apart}. The server goes by the database's, and is not ready until they agree. Set the clock that is wrong; the server notices within half a minute.`
/** How far the machine's clock may be from the server's, in milliseconds. */
const MOST_APART = 60_000
const LOST =
  'Syncing the database to disk failed, so nobody knows what is on the disk, and nothing more is written. This process ends; the next start reads what is there.'
const NOT_VERIFIED =
  'The access log is not what was logged, and this server signs nothing more. Run npm run audit:verify on a copy of the database; then stop every server and restore a backup. To go on with the log as it is, start once with --accept-rollback; the log will record it.'
const NEXT_START = 'The server goes on with the key that it has read; the next start needs the file.'
const CHECK_FAILED = notReady('store-unreachable', 'The check itself failed; the log of the server says why.')
const NO_TRUSTED_PROXY =
  'The configuration names no trusted proxy (trustProxy), so all people who come through one share the limits of one network, and the access log shows its address instead of theirs.'

/**
 * Creates one organization's server, without a port.
 *
 * @throws LogRefused when the access log is not the one that was signed.
 * @throws AddressRefused when the database is another organization's.
 * @throws Error when the clocks of this machine and of the database are apart.
 * @throws KeysRefused when the key file is missing, or the database was used with other keys.
 */
export const createApp = async ({
  config,
  store: openedStore,
  clock: system,
  elapsed,
  databaseTime,
  acceptClock = false,
  moveAddress = false,
  logKey,
  keyFile,
  metrics,
  log = false,
  freeShare,
  patience,
}: AppDeps): Promise<FastifyInstance> => {
  const app = fastify({
    genReqId: ({ headers }) => nameRequest(headers['x-request-id']),
    rewriteUrl: ({ url = '/' }) => escapeMalformedPath(stripHost(url)),
    // Decides a person's address, `request.ip`, for everything: the nearest one that no trusted proxy has (A23, A24, J22).
    trustProxy: config.trustProxy ? withinAny(config.trustProxy) : false,
    // As long as an address may be: the router would answer a longer part by itself, past every hook.
    routerOptions: { maxParamLength: 16_384 },
    clientErrorHandler: (error, socket) => unreadable(error, socket),
    serverFactory: createHttpServer,
    logController: new LogController({ disableRequestLogging: true }),
    logger: log && logOutput(),
  })

  readNoBodies(app)

  app.addHook('onRequest', async (request, reply) => {
    const { publicName } = requestNames(request.id)
    reply.headers({ ...SECURITY_HEADERS, 'x-request-id': publicName, 'cache-control': 'no-store' })
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // Fastify calls an empty body plain text.
    if (payload === '') reply.removeHeader('content-type')
    done(null, payload)
  })
  if (log) {
    app.addHook('onResponse', async (request, reply) => {
      // Logs the route, never the address: queries contain codes, states and search values.
      const { method, routeOptions } = request
      const { publicName, serverName: id } = requestNames(request.id)
      const line = { request: publicName, id, method, route: routeOptions.url, status: reply.statusCode }
      app.log.info({ ...line, ms: Math.round(reply.elapsedTime) })
    })
  }

  if (metrics)
    app.addHook('onResponse', async ({ method, routeOptions }, { statusCode: status, elapsedTime }) =>
      metrics.answered({ route: routeOptions.url, method, status, seconds: elapsedTime / 1000 }),
    )
  const database = metrics?.timed(openedStore) ?? openedStore

  // Before anything is signed for an address that is not this database's.
  await rememberOrganization(database, config, moveAddress)
  const openedKey = await openLogKey({ store: database, logKey })
  if (config.publicUrl.startsWith('https:') && !config.trustProxy) app.log.warn(NO_TRUSTED_PROXY)
  const {
    clock,
    doubt,
    close: closeClock,
  } = await openClock({
    ...{ config, store: database, key: openedKey.key, clock: system, acceptSystemTime: acceptClock },
    ...{ ...(elapsed && { elapsed }), ...(databaseTime && { databaseTime }) },
    onSetBack: (behind, apart) =>
      app.log.warn(
        { seconds: Math.round(behind / 1000) },
        apart === undefined ? CLOCK_BEHIND : doubted(apart),
      ),
    onFault: (error) => app.log.error(faultOf(error), 'the time could not be kept'),
  })
  app.addHook('onClose', closeClock)
  app.addHook('onClose', sweepRegularly(database, clock))

  // Answers the errors that no plugin's own handler answers.
  app.setErrorHandler((error, request, reply) =>
    answerPageError({ config, recorder }, 'other', { error, request, reply }),
  )

  const onFault = (error: unknown) => app.log.error(faultOf(error), 'the access log failed')
  const accessLog = await openAccessLog({
    ...{ config, store: database, clock, key: openedKey, onFault },
    ...(elapsed && { elapsed }),
    onFinding: (fault) => app.log.error({ fault }, NOT_VERIFIED),
    onDelay: (sentence) => app.log.error(sentence),
  })
  const { store } = accessLog
  const recorder = createRecorder({ config, store, clock, onRecorded: metrics?.recorded })
  metrics?.watchLog(() => measureLog(database.db, clock()))
  app.addHook('onClose', accessLog.close)
  const onRefused = (refusal: object) => app.log.info(refusal)
  const unreadable = answerUnreadable({ recorder, onRefused, onFault })
  refuseMalformed(app, { config, recorder })
  limitNetworks(app, { config, recorder })

  const keys = await openKeys({
    config,
    store,
    clock,
    file: keyFile,
    onFault: (error) => app.log.error(faultOf(error), 'the key file cannot be read'),
  })
  await finishRotation(store, keyFile, resealTokens)
  installCors(app, store)
  const {
    source,
    health: sourceHealth,
    close: closeSource,
  } = await openSource({
    ...{ config, clock, store },
    report: (sentence, details) => app.log.warn(details, sentence),
  })
  app.addHook('onClose', closeSource)
  const directory = createPatientDirectory(source, fhirBase(config))
  const deps = { config, store, clock, recorder }
  const report = (facts: object, sentence: string) => app.log.warn(facts, sentence)
  const withings =
    config.source.kind === 'withings'
      ? createWithings({
          ...deps,
          source: config.source,
          keys,
          report,
          ...(patience !== undefined && { patience }),
        })
      : undefined
  const partner: Partner | undefined = withings && {
    signIn: withings.signIn,
    states: createPartnerStates({ keys, clock }),
  }
  const pageDeps = { ...deps, keys, directory, ...(partner && { partner }) }
  await app.register(oauthRoutes(pageDeps))
  await app.register(portalRoutes({ ...pageDeps, accessLog }))
  const budget = createAnswerBudget()
  await app.register(
    fhirRoutes({ ...deps, source, budget, pageKey: () => keys.pages, openFeed: withings?.openFeed }),
  )
  if (withings) await app.register(withings.routes)
  app.addHook('onClose', async () => withings?.close())
  await app.register(logRoutes({ store, accessLog }))
  await app.register(logProofRoutes({ ...deps, budget }))

  app.setNotFoundHandler((request, reply) => refuseRequest(deps, request, reply, NO_ROUTE))
  app.get('/assets/pages.css', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=3600').type('text/css').send(STYLE),
  )
  let isLost = false
  database.lost?.then((reason) => {
    isLost = true
    const { code, message } = reason as FileReplaced
    app.log.fatal(faultOf(reason), code === 'file-replaced' ? message : LOST)
  })
  app.get('/healthz', async (_request, reply) =>
    isLost ? reply.code(503).send({ status: 'failed' }) : { status: 'alive' },
  )
  const folders = [...(database.folder === undefined ? [] : [database.folder]), dirname(logKey.file)]
  const disk = watchDisk(folders, {
    clock,
    measure: freeShare,
    warn: (low) =>
      app.log.warn(low, 'the disk is nearly full; free some space, because a full disk stops all answers'),
  })
  app.addHook('onClose', async () => disk.stop())
  const readiness = createReadiness({
    store: database,
    elapsed: elapsed ?? (() => performance.now()),
    // A server does not start with a changed log; a running server reports it to the monitoring.
    findFault: async () => {
      const fault = accessLog.fault()
      if (fault !== undefined) return notReady('log-not-verified', fault)
      const keyFault = accessLog.keyFault()
      if (keyFault !== undefined) return notReady('log-key-unusable', keyFault)
      const mark = await findKeyId(database.db)
      const keysFault = keys.findFault(mark)
      if (keysFault !== undefined) return notReady('log-key-unusable', keysFault)
      const delay = accessLog.delay()
      if (delay !== undefined) return notReady('log-not-verified', delay)
      const apart = doubt()
      if (apart !== undefined) return notReady('clock-distrusted', doubted(apart))
      const ahead = system() - clock()
      if (Math.abs(ahead) <= MOST_APART) return undefined
      return notReady('clock-distrusted', ahead > 0 ? CLOCK_AHEAD : CLOCK_BEHIND)
    },
    findWarning: async () => {
      const low = await disk.findLow()
      if (low)
        return { warning: 'disk-low', detail: `Only ${(100 * low.free).toFixed(1)} % of a disk is free.` }
      const unread = keys.findReadFault() ?? (await findUnreadable(logKey.file))
      if (unread !== undefined) return { warning: 'key-unreadable', detail: `${unread} ${NEXT_START}` }
      // The process stays ready: any other process would be in front of the same server.
      const asking = withings?.health() ?? sourceHealth()
      const health = await Promise.race([asking, sleep(SOURCE_TIME, 'away' as const, { ref: false })])
      return SOURCE_WARNINGS[health]
    },
  })
  let before = 'ready'
  app.get('/readyz', async (_request, reply) => {
    const answer = await readiness().catch((error: unknown) => {
      app.log.error(faultOf(error), 'the check of readiness failed')
      return CHECK_FAILED
    })
    const { status, ...why } = answer
    const name = answer.status === 'ready' ? (answer.warning ?? 'ready') : answer.reason
    // Monitoring keeps no history, and the log shows what else happened at that time.
    if (name !== before) app.log[name === 'ready' ? 'info' : 'warn'](why, `B/readyz answers: ${status}`)
    before = name
    if (answer.status === 'ready') return answer
    return reply.code(503).header('retry-after', '1').send(answer)
  })
  return app
}

/**
 * Removes the host from an absolute request target (RFC 9112 section 3.2.2). The caller chooses that host, so it must not appear
 * in a link (C14).
 */
const stripHost = (url: string): string => url.replace(/^https?:\/\/[^/?#]*\/?/i, '/')

/** Escapes a path that contains a malformed escape, so that it is refused and logged like any other unknown path. */
const escapeMalformedPath = (url: string): string => {
  const [path = '', ...query] = url.split('?')
  try {
    decodeURI(path)
    return url
  } catch {
    return [path.replaceAll('%', '%25'), ...query].join('?')
  }
}
