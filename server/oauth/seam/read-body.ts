import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { readBodyAtMost } from '../../read-at-most.ts'
import { LONGEST_BODY } from './body-limits.ts'
import { addStep } from './endpoints.ts'
import { offerBody } from './internals.ts'

const FORM = 'application/x-www-form-urlencoded'

type Context = Pick<KoaContextWithOIDC, 'req' | 'state'>

/** Returns the form that an application sent, if `readForms` has read it. */
export const findForm = ({ state }: Pick<Context, 'state'>): URLSearchParams | undefined =>
  state.form as URLSearchParams | undefined

/**
 * Reads an application's form before the engine does, so that earlier steps can see which client and token it presents.
 * Refuses a body that the engine would parse differently.
 */
export const readForms = (engine: Provider): void => {
  addStep(engine, ['token', 'introspection', 'revocation'], async (ctx, next) => {
    const { length, charset } = ctx.request
    if (!ctx.is(FORM)) return next()
    const isUtf8 = charset === '' || charset.toLowerCase() === 'utf-8'
    const isReadable = isUtf8 && (length ?? 0) <= LONGEST_BODY
    const body = isReadable ? await readBodyAtMost(ctx.req, LONGEST_BODY).catch(() => undefined) : undefined
    if (body === undefined) {
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
  state.form = new URLSearchParams(body.toString())
  offerBody(req, body)
}
