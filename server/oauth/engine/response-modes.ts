import type Provider from 'oidc-provider'
import { addStep } from '../seam/endpoints.ts'

/** Replaces every mode that is not offered; the engine refuses it because it has no mode of this name. */
const NOT_OFFERED = 'not-offered'

/**
 * Allows only the response mode that discovery lists, `query`. The engine has two more that no setting turns off. With
 * `fragment`, an attacker's link sends the code where the application does not look, so that it stays unredeemed.
 * `form_post` answers with a page that runs a script, which no page here may do.
 */
export const allowOnlyQueryMode = (engine: Provider): void => {
  addStep(engine, ['authorization'], async (ctx, next) => {
    const { response_mode: mode } = ctx.query
    if (typeof mode === 'string' && mode !== '' && mode !== 'query')
      ctx.query = { ...ctx.query, response_mode: NOT_OFFERED }
    return next()
  })
}
