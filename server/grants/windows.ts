import { type Config, DEFAULT_WINDOWS } from '../config.ts'
import type { Account } from './authorization.ts'

/** How long a grant lasts, as the person chooses it on the consent page. */
export interface Window {
  readonly name: string
  /** Seconds from the moment of consent. */
  readonly seconds: number
  /** Whether the application may go on after its first access token: SMART's `offline_access`. */
  readonly refresh: boolean
}

const HOUR = 3600
const DAY = 24 * HOUR

/** The longest window of all, which also limits "Until I remove it"; in seconds. */
export const LONGEST = 365 * DAY

/** An access token lives this long at most, and never past the end of its window (SMART App Launch 2.2: at most 3600). */
export const ACCESS_TOKEN_SECONDS = HOUR

/** The windows, each of which ends at another time; the first and shortest is the default. */
export const WINDOWS: readonly [Window, ...Window[]] = [
  { name: 'visit', seconds: HOUR / 2, refresh: false },
  { name: 'hour', seconds: HOUR, refresh: true },
  { name: 'day', seconds: DAY, refresh: true },
  { name: 'month', seconds: 30 * DAY, refresh: true },
  { name: 'open', seconds: LONGEST, refresh: true },
]

/**
 * Returns the windows that consent offers where the organization allows this one at most, in milliseconds. It is offered itself,
 * instead of those that are longer. A visit is never longer either.
 */
export const windowsUpTo = (longest: number): readonly [Window, ...Window[]] => {
  const seconds = longest / 1000
  const [visit, ...others] = WINDOWS
  const first = { ...visit, seconds: Math.min(visit.seconds, seconds) }
  const shorter = others.filter((window) => window.seconds <= seconds)
  const last = shorter.at(-1) ?? first
  if (last.seconds === seconds || seconds > LONGEST) return [first, ...shorter]
  return [first, ...shorter, { name: 'longest', seconds, refresh: true }]
}

export type WindowRule = Pick<Config, 'windows'>

/** Returns the longest that a grant of a person with this role lasts, in milliseconds. */
export const longestWindow = (
  { windows = DEFAULT_WINDOWS }: WindowRule,
  { role }: Pick<Account, 'role'>,
): number => windows[role] ?? Number.POSITIVE_INFINITY

/** Returns when a grant ends: at the time that was chosen, or earlier by the longest window that the organization allows now. */
export const endOfGrant = (
  rule: WindowRule,
  account: Pick<Account, 'role'>,
  { created_at, expires_at }: { readonly created_at: number; readonly expires_at: number },
): number => Math.min(expires_at, created_at + longestWindow(rule, account))
