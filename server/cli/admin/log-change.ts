import { randomUUID } from 'node:crypto'
import { readableName } from '../../../values/readable-name.ts'
import { timeIn } from '../../audit/checkpoint/kept-checkpoints.ts'
import { type LoggedAccess, TERMINAL } from '../../audit/entry/access-event.ts'
import { appendAccess } from '../../audit/write/log.ts'
import { LEAP } from '../../clock/forward-clock.ts'
import { clocksApart, findMeasuredTime, nameDuration } from '../../clock/measured-time.ts'
import type { Clock, Config } from '../../config.ts'
import { AdminError } from '../../start/terminal.ts'
import { findOrganization } from '../../store/known-organization.ts'
import { endOf } from '../../store/last-writes.ts'
import type { Db } from '../../store/schema.ts'
import { findDatabaseTime, storeLatestTime } from '../../store/statements/latest-time.ts'
import type { Store } from '../../store/store.ts'

/** Stands for the organization until a server has started on the database and stored its name and address. */
const UNKNOWN: Config = {
  publicUrl: 'http://localhost',
  host: 'localhost',
  port: 0,
  source: { kind: 'embedded' },
  organization: { name: 'Administration at the terminal', about: '', color: '#0b6e6e' },
}

/** Returns the configuration of the organization that owns the database. */
export const configOf = async (store: Store): Promise<Config> => ({
  ...UNKNOWN,
  ...(await findOrganization(store)),
})

/** Like `configOf`, but the address must be known. @throws AdminError */
export const requireConfig = async (store: Store): Promise<Config> => {
  const organization = await findOrganization(store)
  if (!organization)
    throw new AdminError(
      'The address of the server is not known yet, and a link starts with it. Start the server once on this database first.',
    )
  return { ...UNKNOWN, ...organization }
}

/**
 * Returns the server's time in a transaction, which never goes back.
 *
 * @throws AdminError when this machine's clock is not to be trusted.
 */
export const timeOf = async (trx: Db): Promise<number> => {
  const now = await timeIn(trx, await requireTrustedClock(trx))
  // A server whose machine has slept dates nothing before it.
  await storeLatestTime(trx, now)
  return now
}

/** Logs a change of an account, an application or a key, in the transaction of the change. */
export const logChange = async (
  trx: Db,
  config: Config,
  change: Pick<LoggedAccess, 'kind' | 'application' | 'details'>,
  patient: string | null = null,
): Promise<void> => {
  const access: LoggedAccess = {
    requestId: randomUUID(),
    outcome: 'success',
    agent: TERMINAL,
    patients: patient === null ? [] : [patient],
    ...change,
  }
  appendAccess(endOf(trx), access, { now: await timeOf(trx), config })
}

/** Logs a change of an application by its Client ID, and its name as pages may show it. */
export const logClientChange = (
  trx: Db,
  config: Config,
  { client_id: clientId, client_name = clientId }: { client_id: string; client_name?: string | undefined },
  change: string,
): Promise<void> =>
  logChange(trx, config, {
    kind: 'register',
    application: { clientId, name: readableName(client_name) || clientId },
    details: { change },
  })

/** Logs an import, about nobody (docs/decisions/0067): its beginning, and its end with the counts of resources. */
export const logImport = async (
  trx: Db,
  config: Config,
  { requestId, ...facts }: Pick<LoggedAccess, 'requestId' | 'details' | 'period'>,
): Promise<void> => {
  const access: LoggedAccess = {
    kind: 'import',
    requestId,
    outcome: 'success',
    agent: TERMINAL,
    patients: [],
    ...facts,
  }
  appendAccess(endOf(trx), access, { now: await timeOf(trx), config })
}

/**
 * Returns the clock that the servers of this database go by. Refuses one of this machine that a running server would not believe: once an entry of the log is dated ahead, every later entry
 * of the server is dated before it, which the log never forgives (T07).
 *
 * @throws AdminError that says how far it is off, and what to do.
 */
export const requireTrustedClock = async (db: Db): Promise<Clock> => {
  const now = Date.now()
  const time = (await findDatabaseTime(db)) ?? now
  const apart = clocksApart(now, time)
  if (apart !== undefined)
    throw new AdminError(
      `${apart}, so nothing is written that it would date. Set the clock that is wrong, and run the command again.`,
    )
  const measured = await findMeasuredTime(db)
  if (measured !== undefined && now - measured > LEAP)
    throw new AdminError(
      `This machine's clock has leapt ahead by ${nameDuration(now - measured)} since the server stored its time, so nothing is written that it would date. If the clock is wrong, set it. If it is right, let the server run for two minutes, after which it believes the clock. Then run the command again.`,
    )
  return () => Date.now() + time - now
}
