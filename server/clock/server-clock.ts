import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { appendSigned, writeInTurn } from '../audit/checkpoint/append-signed.ts'
import type { NoteKey } from '../audit/checkpoint/checkpoint.ts'
import { latestTime } from '../audit/checkpoint/kept-checkpoints.ts'
import type { LoggedAccess } from '../audit/entry/access-event.ts'
import { appendAccess } from '../audit/write/log.ts'
import type { Clock, Config } from '../config.ts'
import type { Database, Db } from '../store/schema.ts'
import { findDatabaseTime, LATEST_TIME, storeLatestTime } from '../store/statements/latest-time.ts'
import type { Store } from '../store/store.ts'
import { forwardClock } from './forward-clock.ts'
import { clocksApart, storeMeasuredTime } from './measured-time.ts'

interface ServerClockDeps {
  readonly config: Config
  readonly store: Store
  /** Signs that another time was accepted. */
  readonly key: NoteKey
  /** The system's clock. */
  readonly clock: Clock
  /** As in `ForwardClock`. Between the database's answers, its time goes on by it. */
  readonly elapsed?: Clock
  /** Asks the database for its time; `undefined` where the database has the clock of this machine. */
  readonly databaseTime?: () => Promise<number | undefined>
  /** Goes back to the system's time, because that clock was ahead earlier and is right now (`acceptClock`). */
  readonly acceptSystemTime?: boolean
  /** Called with the milliseconds that the time is behind, and `ServerClock.doubt` if it is the database's. */
  readonly onSetBack: (behind: number, doubt: string | undefined) => void
  readonly onFault: (error: unknown) => void
}

interface ServerClock {
  /** The one clock of the server. */
  readonly clock: Clock
  /** As `clocksApart` says it: why the clock of this machine has to be set. */
  readonly doubt: () => string | undefined
  close(): Promise<void>
}

/**
 * In milliseconds. A server whose machine has slept learns the time from what the others store. An entry may be a minute older than those
 * before it (`verify-times`), so they store it more often than that.
 */
const INTERVAL = 30_000

/**
 * Creates the server's clock. It starts at the system's time or at the latest time in the database, whichever is later, and never
 * goes back (docs/decisions/0036). Setting the system's clock back is logged.
 *
 * Where the database has a clock of its own, the server goes by that one and not by its machine's. All servers share it, and each judges
 * times that another has stored: a refresh a moment ago, a lease, a count.
 *
 * @throws Error when the system's clock and the database's are apart.
 * @throws StoreUnavailable
 */
export const openClock = async (deps: ServerClockDeps): Promise<ServerClock> => {
  const { store, clock: system, elapsed = () => performance.now(), onFault } = deps
  const databaseTime = deps.databaseTime ?? (() => findDatabaseTime(store.db))
  /** The database's time is this much more than `elapsed`, so it depends neither on the system's clock nor on the next answer. */
  let ahead: number | undefined
  const measure = async () => {
    const asked = elapsed()
    const time = await databaseTime()
    if (time === undefined) return
    // The database read its clock at some moment between the two, so a slow answer proves little and changes little.
    ahead = Math.max(time - elapsed(), Math.min(time - asked, ahead ?? Number.NEGATIVE_INFINITY))
  }
  const databaseNow = () => (ahead === undefined ? undefined : Math.floor(ahead + elapsed()))
  const time = () => databaseNow() ?? system()
  const doubt = () => clocksApart(system(), databaseNow())
  await measure()
  const apart = doubt()
  if (apart !== undefined) throw new Error(`${apart}. Set the clock that is wrong, and start again.`)
  const before = await latestTime(store.db)
  const latest =
    deps.acceptSystemTime && before > time() ? await acceptClock({ ...deps, clock: time }, before) : before
  const unloggedSteps: number[] = []
  let logging = Promise.resolve()
  /** Compares the clocks, logs each step back and stores the latest time. If that fails, it is tried again half a minute later. */
  const logSteps = () => {
    logging = logging.then(async () => {
      await measure()
      for (let behind = unloggedSteps[0]; behind !== undefined; behind = unloggedSteps[0]) {
        const details = { clock: 'clock_went_back', seconds: String(Math.round(behind / 1000)) }
        const { config } = deps
        await store.writeLast((end) => appendAccess(end, clockAccess(details), { now: clock(), config }))
        unloggedSteps.shift()
      }
      await store.write(async (trx) => {
        await storeLatestTime(trx, clock())
        await storeMeasuredTime(trx, clock())
      })
    })
    logging = logging.catch(onFault)
  }
  const clock = forwardClock({
    system: time,
    elapsed,
    latest,
    onSetBack: (behind) => {
      deps.onSetBack(behind, doubt())
      unloggedSteps.push(behind)
      logSteps()
    },
  })
  clock()
  logSteps()
  await logging
  const timer = setInterval(logSteps, INTERVAL).unref()
  return {
    clock,
    doubt,
    close: async () => {
      clearInterval(timer)
      logSteps()
      await logging
    },
  }
}

/**
 * Goes back to the system's time. Whatever had ended by the wrong time stays ended, and whatever began after the right one ends
 * (`endUntil`).
 */
const acceptClock = ({ store, config, key, clock }: ServerClockDeps, before: number): Promise<number> =>
  writeInTurn(store, async (trx) => {
    const now = clock()
    await endUntil(trx, before, now)
    await trx.deleteFrom('setting').where('name', '=', LATEST_TIME).execute()
    const details = { clock: 'clock_accepted', seconds: String(Math.round((before - now) / 1000)) }
    await appendSigned(trx, clockAccess(details), { clock: () => now, config, key })
    return now
  })

const clockAccess = (details: Readonly<Record<string, string>>): LoggedAccess => ({
  kind: 'clock',
  requestId: randomUUID(),
  outcome: 'success',
  agent: { address: 'server' },
  patients: [],
  details,
})

/**
 * The engine's records that survive: applications, known browsers and used proofs, and also grants and refresh tokens, because they
 * are valid no longer than their consent. All others are short-lived, and a new sign-in creates them again.
 */
const SURVIVING_MODELS = [
  'Client',
  'RegistrationAccessToken',
  'Grant',
  'RefreshToken',
  'Device',
  'ReplayDetection',
]

/**
 * Ends everything that depends on a time when the clock was ahead: what had expired by the wrong time, consents that were given after
 * the right time, open sign-ins, codes and tokens, and counts of failures. What happened after now counts as happened now, what may begin
 * again later may begin at once, and nobody knows when readings that were complete after now were complete.
 *
 * @param wrongTime the time that the clock had reached, in milliseconds since 1970.
 * @param now the right time.
 */
export const endUntil = async (trx: Db, wrongTime: number, now: number): Promise<void> => {
  await trx
    .deleteFrom('oauth_record')
    .where((eb) => eb.or([eb('model', 'not in', SURVIVING_MODELS), eb('expires_at', '<=', wrongTime)]))
    .execute()
  await trx
    .updateTable('consent')
    .set({ revoked_at: now })
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('expires_at', '<=', wrongTime), eb('created_at', '>', now)]))
    .execute()
  await trx.deleteFrom('rate_limit').execute()
  const replaceLater = async <T extends keyof Database>(
    table: T,
    values: Partial<Record<keyof Database[T] & string, number | null>>,
    latest = now,
  ) => {
    for (const [column, value] of Object.entries(values))
      await trx
        .updateTable<keyof Database>(table)
        .set({ [column]: value })
        .where(sql.ref(column), '>', latest)
        .execute()
  }
  await replaceLater('oauth_record', { consumed_at: now })
  await replaceLater('consent', { revoked_at: now, last_used_at: now })
  await replaceLater('withings_account', {
    ...{ next_read: 0, read_at: null, whole_at: null },
    ...{ renewing_until: now, ending_until: now, unnamed_until: now, unknown_at: now },
  })
  await replaceLater('withings_account', { since: null }, Math.floor(now / 1000))
}
