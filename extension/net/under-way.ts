import { ProblemError } from '../messages/errors.ts'

/** How long what changes something at an organization may still be answered, in milliseconds. */
const patience = 1_500

let reads = new AbortController()
let changes = new AbortController()
let timer: ReturnType<typeof setTimeout> | undefined

/** Aborts, with `locked`, when the lock closes. One that is asked for while it closes is aborted already. */
export const requestSignal = (method = 'GET'): AbortSignal =>
  method === 'GET' || reads.signal.aborted ? reads.signal : changes.signal

/**
 * Closing the lock waits for no organization. Reads end at once. The answer to a POST may hold a refresh token that was just
 * rotated, so those that are under way have a moment more.
 */
export const endRequests = (): void => {
  reads.abort(new ProblemError('locked'))
  timer ??= setTimeout(() => changes.abort(new ProblemError('locked')), patience)
}

/** The lock has closed: nothing of before is under way any more. */
export const allowRequests = (): void => {
  clearTimeout(timer)
  timer = undefined
  reads = new AbortController()
  changes = new AbortController()
}
