import type Provider from 'oidc-provider'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { addStep } from '../seam/endpoints.ts'
import { addToForm, findForm } from '../seam/read-body.ts'
import { invalidGrant } from './invalid-grant.ts'

/**
 * Adds the `client_id` to a public application's refresh that lacks it. SMART App Launch 2.2 ("Refresh access token")
 * gives this request no `client_id`, RFC 6749 (section 3.2.1) requires it only when a code is redeemed, and `fhirclient`
 * omits it; the engine needs one. An application with a secret or a key still has to prove itself. An unknown token is
 * answered with `invalid_grant`, which tells the application that the person has to sign in again (RFC 6749, section 5.2).
 */
export const nameRefreshingClient = (engine: Provider): void => {
  addStep(engine, ['token'], async (context, next) => {
    const ctx = context as KoaContextWithOIDC
    const form = ctx.get('authorization') === '' ? findForm(ctx) : undefined
    const value = form && unnamedRefresh(form)
    if (value === undefined) return next()
    const token = await engine.RefreshToken.find(value)
    if (token?.clientId === undefined) {
      engine.emit('grant.error', ctx, new errors.InvalidGrant('refresh token not found'))
      ctx.status = 400
      ctx.body = invalidGrant('refresh_token')
      return
    }
    const client = await engine.Client.find(token.clientId)
    if (client?.clientAuthMethod === 'none') addToForm(ctx, 'client_id', client.clientId)
    return next()
  })
}

/** Returns the token of a refresh that does not name its application. */
const unnamedRefresh = (form: URLSearchParams): string | undefined => {
  const [token, ...others] = form.getAll('refresh_token')
  const isNamed = ['client_id', 'client_secret', 'client_assertion'].some((name) => form.has(name))
  return form.get('grant_type') === 'refresh_token' && others.length === 0 && !isNamed ? token : undefined
}
