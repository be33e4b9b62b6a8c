import type Provider from 'oidc-provider'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { hasMoreParts, readBodyAtMost } from '../../read-at-most.ts'
import { addStep, type StepContext } from './endpoints.ts'
import { offerBody } from './internals.ts'

/** The longest body that the engine reads, a form or JSON, in bytes. docs/architecture.md states these limits. */
export const LONGEST_BODY = 56 * 1024

/** The most parameters of a form: each costs as much as hundreds of characters. Those of OAuth have about ten. */
export const MOST_PARAMETERS = 100

/** The longest authorization request by POST: it has to fit into an address, and Node refuses a longer one. */
export const LONGEST_AUTHORIZATION = 12 * 1024

const FORM = 'application/x-www-form-urlencoded'

type Context = Pick<KoaContextWithOIDC, 'req' | 'state'>

/** Returns the form that an application sent, if `readEngineForms` has read it. */
export const findForm = ({ state }: Pick<Context, 'state'>): URLSearchParams | undefined =>
  state.form as URLSearchParams | undefined

/** Returns the client assertion of a request. An empty parameter is none, to the engine as well. */
export const findAssertion = (ctx: Pick<Context, 'state'>): string | undefined =>
  findForm(ctx)?.get('client_assertion') || undefined

/**
 * Reads an application's form before the engine does, so that earlier steps can see which client and token it presents.
 * Refuses a body that the engine would parse differently.
 */
export const readEngineForms = (engine: Provider): void => {
  addStep(engine, ['token', 'introspection', 'revocation'], async (ctx, next) => {
    const { length, charset } = ctx.request
    if (!ctx.is(FORM)) return next()
    const isUtf8 = charset === '' || charset.toLowerCase() === 'utf-8'
    const isReadable = isUtf8 && (length ?? 0) <= LONGEST_BODY
    const body = isReadable ? await readBodyAtMost(ctx.req, LONGEST_BODY).catch(() => undefined) : undefined
    if (body === undefined || hasMoreParts(MOST_PARAMETERS, body.toString('latin1'), '&')) {
      ctx.status = 400
      ctx.body = { error: 'invalid_request', error_description: 'The body of the request could not be read.' }
      return
    }
    offer(ctx, body)
    return next()
  })
}

/** Adds a parameter that the form lacks. */
export const addToForm = (ctx: Context, name: string, value: string): void =>
  offer(ctx, Buffer.from(`${findForm(ctx)}&${new URLSearchParams({ [name]: value })}`))

const offer = ({ req, state }: Context, body: Buffer): void => {
  // `URLSearchParams` drops a leading question mark; to the engine it is part of the first name.
  state.form = new URLSearchParams(`?${body}`)
  offerBody(req, body)
}

/** @throws InvalidRequest when the body is not a JSON object, is too large, or does not come whole. */
export const readJson = async (ctx: StepContext): Promise<Record<string, unknown>> => {
  if (!ctx.is('application/json')) throw new errors.InvalidRequest('the request must be JSON')
  const bytes = await readBodyAtMost(ctx.req, LONGEST_BODY).catch(() => {
    throw new errors.InvalidRequest('the request did not come whole')
  })
  if (!bytes) throw new errors.InvalidRequest('the request is too large')
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Invalid JSON gets the refusal below.
  }
  throw new errors.InvalidRequest('the request must be a JSON object')
}
