/**
 * An answer with a `status` other than 0, which Withings sends with HTTP 200.
 *
 * The texts of 401, 503 for a code or refresh token, 293 and 601 are those that clients of Withings have seen. The other texts
 * are not known, so they follow the same pattern.
 */
export class Refusal extends Error {
  readonly status: number
  readonly body: object

  constructor(status: number, message: string, body: object = {}) {
    super(message)
    this.status = status
    this.body = body
  }
}

/** @param name the parameter that is missing or wrong. */
export const invalidParameter = (name: string): Refusal => new Refusal(503, `Invalid Params: invalid ${name}`)

export const invalidToken = (): Refusal =>
  new Refusal(401, 'XRequestID: Not provided invalid_token: The access token provided is invalid')

export const unknownAction = (): Refusal => new Refusal(2554, 'Unknown action')

/** The token's scope does not cover the operation. */
export const insufficientScope = (): Refusal =>
  new Refusal(
    277,
    'insufficient_scope: The request requires higher privileges than provided by the access token',
  )

/** @param wait seconds until the next request is accepted. */
export const tooManyRequests = (wait: number): Refusal =>
  new Refusal(601, 'Too Many Requests', { wait_seconds: wait })

export const invalidCallback = (url: string): Refusal =>
  new Refusal(293, `The callback URL '${url}' is either unknown or invalid`)
