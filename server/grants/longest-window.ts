import { type Config, DEFAULT_WINDOWS } from '../config.ts'
import type { Account } from './authorization.ts'

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
