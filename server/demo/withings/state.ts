import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { MeasureGroup } from './measures.ts'

/** What the stand-in remembers from one start to the next. Times in milliseconds. */
export interface State {
  /** The day of the first start, `YYYY-MM-DD`. The readings end there, like those of the other organizations. */
  readonly asOf: string
  pairs: TokenPair[]
  subscriptions: Subscription[]
  /** Groups that were added or edited later, newest last. */
  changes: { readonly userid: number; readonly group: MeasureGroup }[]
  /** Groups that were deleted. */
  deleted: { readonly userid: number; readonly grpid: number }[]
}

/** An access token with its refresh token. */
export interface TokenPair {
  readonly id: number
  /** The first pair of the same permission. */
  readonly root: number
  /** The pair whose refresh token was exchanged for this one. */
  readonly parent?: number
  readonly clientId: string
  readonly userid: number
  /** Comma-separated. */
  readonly scope: string
  /** SHA-256, hex. */
  readonly access: string
  readonly refresh: string
  readonly issued: number
  refreshEnds: number
  /** Whether the access token has been used. */
  used: boolean
}

export interface Subscription {
  readonly clientId: string
  readonly userid: number
  readonly appli: number
  readonly callbackurl: string
  readonly comment: string
}

/** Reads the state of an earlier start, or starts with an empty one. @throws Error for a file that is not a state. */
export const readState = (file: string | undefined, asOf: string): State => {
  const empty: State = { asOf, pairs: [], subscriptions: [], changes: [], deleted: [] }
  if (file === undefined || !existsSync(file)) return empty
  return { ...empty, ...(JSON.parse(readFileSync(file, 'utf8')) as State) }
}

/** Replaces the whole file at once, so that a killed process leaves the previous one intact. */
export const writeState = (file: string, state: State): void => {
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
