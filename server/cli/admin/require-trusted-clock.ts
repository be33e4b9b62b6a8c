import { LEAP } from '../../clock/forward-clock.ts'
import { clocksApart, findMeasuredTime, nameDuration } from '../../clock/measured-time.ts'
import type { Clock } from '../../config.ts'
import { AdminError } from '../../start/terminal.ts'
import type { Db } from '../../store/schema.ts'
import { findDatabaseTime } from '../../store/statements/latest-time.ts'

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
