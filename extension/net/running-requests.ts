import { ProblemError } from '../messages/errors.ts'
import type { Asking } from './asking.ts'

/** Milliseconds that running changes at an organization may still take while the lock closes. */
const timeForChanges = 1_500

let reads = new AbortController()
let changes = new AbortController()
let timer: ReturnType<typeof setTimeout> | undefined

/** Returns a signal that aborts with `locked` when the lock closes; while it closes, the signal is aborted already. */
export const requestSignal = (method = 'GET'): AbortSignal =>
  method === 'GET' || reads.signal.aborted ? reads.signal : changes.signal

/** Returns a signal for reading, and for work on what was read: it aborts when the lock closes, and when the asking is over. */
export const signalFor = (asking: Asking | undefined): AbortSignal =>
  asking ? AbortSignal.any([requestSignal(), asking.signal]) : requestSignal()

/**
 * Aborts reads at once, and running changes after 1.5 s. Closing the lock must not wait for an organization, but the answer to a
 * POST may hold a refresh token that was just rotated.
 */
export const endRequests = (): void => {
  reads.abort(new ProblemError('locked'))
  timer ??= setTimeout(() => changes.abort(new ProblemError('locked')), timeForChanges)
}

/** Allows requests again. Call when the lock has closed and no earlier request is running. */
export const allowRequests = (): void => {
  clearTimeout(timer)
  timer = undefined
  reads = new AbortController()
  changes = new AbortController()
}
