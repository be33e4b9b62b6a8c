import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'
import type { Db } from '../store/schema.ts'
import { findSetting, putSetting } from '../store/settings.ts'

/** How far a machine's clock may be from the database's, in milliseconds. If they are further apart, either may be the wrong one. */
const MOST_APART = 30_000

/**
 * Says how far this machine's clock is from the database's, as the beginning of a sentence; `undefined` if they agree, or if the database has
 * none of its own.
 *
 * @param machine milliseconds since 1970, as is `database`.
 */
export const clocksApart = (machine: number, database: number | undefined): string | undefined => {
  if (database === undefined || Math.abs(machine - database) <= MOST_APART) return undefined
  const direction = machine > database ? 'ahead of' : 'behind'
  return `This machine's clock is ${nameDuration(Math.abs(machine - database))} ${direction} the database's`
}

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const

/** Names a duration in the largest unit of which it has two or more. */
export const nameDuration = (milliseconds: number): string => {
  const [unit, size] = UNITS.find(([, each]) => milliseconds >= 2 * each) ?? ['seconds', 1000]
  return `${Math.round(milliseconds / size).toLocaleString('en-US')} ${unit}`
}

/** The setting with the time of a server and how long its machine had been running then. */
const MEASURED_TIME = 'clock.measured'

interface MeasuredTime {
  /** Milliseconds since 1970. */
  readonly time: number
  /** Seconds since the machine started; a change of its clock does not affect them. */
  readonly uptime: number
  /** The id of that start of the machine. */
  readonly boot: string
}

const findBoot = (): string | undefined => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}

const boot = findBoot()

/** Stores the time of a server, by which other processes on its machine can check the machine's clock. */
export const storeMeasuredTime = async (trx: Db, time: number): Promise<void> => {
  if (boot === undefined) return
  const measured: MeasuredTime = { time, uptime: uptime(), boot }
  await putSetting(trx, MEASURED_TIME, JSON.stringify(measured))
}

/**
 * Returns the time, in milliseconds since 1970, that a server stored, plus what has passed since then. `undefined` if no server has
 * stored one on this machine since it started, or if the system does not name its starts (only Linux does).
 */
export const findMeasuredTime = async (db: Db): Promise<number | undefined> => {
  const stored = await findSetting(db, MEASURED_TIME)
  if (stored === undefined) return undefined
  const measured = JSON.parse(stored) as MeasuredTime
  if (measured.boot !== boot) return undefined
  return measured.time + Math.round((uptime() - measured.uptime) * 1000)
}
