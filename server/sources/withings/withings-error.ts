import { OperatorError } from '../../errors.ts'

/**
 * What a failed call to Withings means:
 * - `ended`: the person has to sign in there again.
 * - `not-allowed`: the person did not allow this there.
 * - `invalid-token`: the access token is no longer valid; the refresh token may be.
 * - `wait`: too many requests.
 * - `mistake`: a request that Withings does not accept, or that could not be made because of a fault here.
 * - `too-many`: more readings of a person than are kept here.
 * - `away`: no usable answer; later there may be one.
 */
export type WithingsFault =
  | 'ended'
  | 'not-allowed'
  | 'invalid-token'
  | 'wait'
  | 'mistake'
  | 'too-many'
  | 'away'

/** A failed call to Withings. The message is for the operator, and quotes nothing that Withings wrote. */
export class WithingsError extends OperatorError {
  readonly code: `withings-${WithingsFault}`
  readonly fault: WithingsFault
  /** For `wait` and `too-many`: seconds until Withings is asked again. */
  readonly seconds: number

  constructor(fault: WithingsFault, message: string, seconds = 0, cause?: unknown) {
    super(message, { cause })
    this.fault = fault
    this.code = `withings-${fault}`
    this.seconds = seconds
  }
}

/** Whether asking again later may succeed. */
export const isLater = (error: unknown): boolean =>
  error instanceof WithingsError && (error.fault === 'wait' || error.fault === 'away')

const within = (status: number, ...ranges: (readonly [number, number])[]) =>
  ranges.some(([from, to]) => status >= from && status <= to)

/**
 * Returns what a `status` other than 0 means, for any call except those for tokens.
 *
 * @param seconds `wait_seconds` of the answer; any number. The error has whole seconds, because they become a row.
 */
export const errorOf = (action: string, status: number, seconds = 60): WithingsError => {
  const message = `Withings refused ${action} with the status ${status}.`
  if (status === 601)
    return new WithingsError('wait', message, Math.ceil(Math.min(Math.max(seconds, 1), 3600)))
  if (within(status, [100, 102], [200, 200], [401, 401])) return new WithingsError('invalid-token', message)
  if (within(status, [214, 214], [277, 277], [2553, 2553], [2555, 2555]))
    return new WithingsError('not-allowed', message)
  if (within(status, [201, 213], [216, 218], [293, 293], [501, 511], [523, 523], [532, 532], [2554, 2554]))
    return new WithingsError('mistake', message)
  return new WithingsError('away', message)
}

/**
 * Returns what a `status` means as the answer to a code or a refresh token: above all, whether the person has to sign in again.
 * Withings also answers 503 if the organization's own secret, or anything else in the request, is wrong.
 *
 * @param text `error` of the answer.
 */
export const tokenErrorOf = (action: string, status: number, seconds?: number, text = ''): WithingsError =>
  within(status, [342, 343], [401, 401]) || (status === 503 && /invalid (?:code|refresh_token)\b/.test(text))
    ? new WithingsError('ended', `Withings refused ${action} with the status ${status}.`)
    : errorOf(action, status, seconds)

/** Returns what a `status` means as the answer to `revoke`: whether there is nothing left to end. */
export const revokeErrorOf = (action: string, status: number, seconds?: number, text = ''): WithingsError =>
  status === 503 && /invalid userid\b/.test(text)
    ? new WithingsError('ended', `Withings does not know the person that ${action} names.`)
    : errorOf(action, status, seconds)
