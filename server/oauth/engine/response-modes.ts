import type Provider from 'oidc-provider'
import { addStep } from './endpoints.ts'

/** Stands for every mode that is not offered; the engine knows none of that name, and says so. */
const NOT_OFFERED = 'not-offered'

/**
 * Takes the one response mode that discovery names. The engine has two more that nobody can turn off: with `fragment`,
 * whoever wrote a link to sign in has the code land where its application does not look for it, and does not redeem it;
 * `form_post` is a page with a script, which no page here may run.
 */
export const answerInQueryAlone = (engine: Provider): void => {
  addStep(engine, ['authorization'], async (ctx, next) => {
    const { response_mode: mode } = ctx.query
    if (typeof mode === 'string' && mode !== '' && mode !== 'query')
      ctx.query = { ...ctx.query, response_mode: NOT_OFFERED }
    return next()
  })
}
