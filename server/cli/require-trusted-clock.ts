import { LEAP } from '../audit/forward-clock.ts'
import { findMeasuredTime } from '../audit/measured-time.ts'
import { findDatabaseTime } from '../store/database-time.ts'
import type { Db } from '../store/schema.ts'
import { AdminError } from './terminal.ts'

/**
 * Refuses a clock of this machine that a running server would not believe: once an entry of the log is dated ahead, every later entry
 * of the server is dated before it, which the log never forgives (T07).
 *
 * @param now this machine's time, in milliseconds since 1970.
 * @throws AdminError that says how far it is off, and what to do.
 */
export const requireTrustedClock = async (db: Db, now: number): Promise<void> => {
  const database = await findDatabaseTime(db)
  if (database !== undefined && Math.abs(now - database) > LEAP)
    throw new AdminError(
      `This machine's clock is ${durationOf(Math.abs(now - database))} ${now > database ? 'ahead of' : 'behind'} the database's, so nothing is written that it would date. Set the clock that is wrong, and run the command again.`,
    )
  const measured = await findMeasuredTime(db)
  if (measured !== undefined && now - measured > LEAP)
    throw new AdminError(
      `This machine's clock has leapt ahead by ${durationOf(now - measured)} since the server stored its time, so nothing is written that it would date. If the clock is wrong, set it. If it is right, let the server run for two minutes, after which it believes the clock. Then run the command again.`,
    )
}

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const

/** Names a duration in the largest unit of which it has two or more. */
const durationOf = (milliseconds: number): string => {
  const [unit, size] = UNITS.find(([, each]) => milliseconds >= 2 * each) ?? ['seconds', 1000]
  return `${Math.round(milliseconds / size).toLocaleString('en-US')} ${unit}`
}
