import { ProblemError } from '../messages/errors.ts'

/** What one asking may cost of time, and an organization may send, over all of its requests. */
interface Allowance {
  bytes: number
  milliseconds: number
}

const MB = 1024 * 1024

/**
 * By the kind of asking. `record`: the vital signs, or one list. `export`: a page of everything. `search`: a page of patients.
 * `log`: a page of the access log. `proof`: all that proves it. `brands`: a published list of organizations, which a country may
 * share. `document`: anything else, such as metadata, tokens, an application.
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

/** Goes with every request that is sent for one answer. */
export interface Asking {
  /** Aborts when nobody waits for the answer any more, with a `ProblemError` as its reason, and when the time is over. */
  readonly signal: AbortSignal
  /** Milliseconds that are left. */
  left(): number
  /** Counts bytes as they come. Throws `too-large` where they are more than may come in all. */
  take(bytes: number): void
}

/** @param waiting aborts when nobody waits any more; absent where the answer is wanted whatever happens. */
export const beginAsking = (kind: keyof typeof allowances, waiting?: AbortSignal): Asking => {
  const { bytes: most, milliseconds } = allowances[kind]
  const end = performance.now() + milliseconds
  const time = AbortSignal.timeout(milliseconds)
  let bytes = 0
  return {
    signal: waiting ? AbortSignal.any([waiting, time]) : time,
    left: () => end - performance.now(),
    take: (more) => {
      bytes += more
      if (bytes > most) throw new ProblemError('too-large', { what: `${most / MB} MB` })
    },
  }
}

/** Why it was aborted. */
export const abortedBy = ({ reason }: AbortSignal): ProblemError =>
  reason instanceof ProblemError ? reason : new ProblemError('too-slow', undefined, reason)
