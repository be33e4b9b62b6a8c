import type { Problem } from './errors.ts'

export interface AccessPage {
  entries: AccessEntry[]
  next?: string
  warning?: Problem
}

/** What an entry of the log is about; the words of a kind are `access_<kind, - as _>` in `_locales`. */
export type AccessKind =
  | 'read'
  | 'search'
  | 'write'
  | 'authorize'
  | 'sign-in'
  | 'sign-out'
  | 'consent'
  | 'token'
  | 'revoke'
  | 'introspect'
  | 'userinfo'
  | 'register'
  | 'other'

export interface AccessEntry {
  id: string
  recorded: string
  kind: AccessKind
  outcome: 'success' | 'refused' | 'failed'
  who: string
  application?: string
  /** `Observation/1`, or the query that was asked. */
  what?: string
  patient?: string
}
