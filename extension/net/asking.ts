import { ProblemError } from '../messages/errors.ts'

/** The limits of one asking over all its requests: bytes received, and time. */
interface Allowance {
  bytes: number
  milliseconds: number
}

const MB = 1024 * 1024

/**
 * Limits by kind of asking. `record`: the vital signs, or one list. `export`: a page of everything. `search`: a page of patients.
 * `log`: a page of the access log. `proof`: everything that proves it. `brands`: a published list of organizations, perhaps of a
 * whole country. `document`: anything else, such as metadata, tokens or a registration.
 */
export const allowances = {
  record: { bytes: 20 * MB, milliseconds: 60_000 },
  export: { bytes: 20 * MB, milliseconds: 60_000 },
  search: { bytes: 5 * MB, milliseconds: 60_000 },
  log: { bytes: 5 * MB, milliseconds: 60_000 },
  proof: { bytes: 20 * MB, milliseconds: 60_000 },
  brands: { bytes: 20 * MB, milliseconds: 60_000 },
  document: { bytes: 5 * MB, milliseconds: 60_000 },
} as const satisfies Record<string, Allowance>

/** The budget that all requests of one answer share. */
export interface Asking {
  /** Aborts when nobody waits for the answer any more, with a `ProblemError` as its reason, and when the time is over. */
  readonly signal: AbortSignal
  /** Returns the milliseconds left. */
  remaining(): number
  /**
   * Counts received bytes.
   *
   * @throws ProblemError `too-large` if they exceed the limit.
   */
  addBytes(bytes: number): void
}

/** @param signal aborts when nobody waits for the answer any more; absent if it is needed in any case. */
export const beginAsking = (kind: keyof typeof allowances, signal?: AbortSignal): Asking => {
  const { bytes: most, milliseconds } = allowances[kind]
  const end = performance.now() + milliseconds
  const time = AbortSignal.timeout(milliseconds)
  let bytes = 0
  return {
    signal: signal ? AbortSignal.any([signal, time]) : time,
    remaining: () => end - performance.now(),
    addBytes: (more) => {
      bytes += more
      if (bytes > most) throw new ProblemError('too-large', { what: `${most / MB} MB` })
    },
  }
}

/** Returns why the signal was aborted. */
export const abortReasonOf = ({ reason }: AbortSignal): ProblemError =>
  reason instanceof ProblemError ? reason : new ProblemError('too-slow', undefined, reason)

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
