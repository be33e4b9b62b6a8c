import type Provider from 'oidc-provider'
import { get as internalsOf } from 'oidc-provider/lib/helpers/weak_cache.js'

/**
 * Leaves the one response mode that discovery names. The engine has two more that nobody can turn off: with `fragment`,
 * whoever wrote a link to sign in has the code land where its application does not look for it, and does not redeem it;
 * `form_post` is a page with a script, which no page here may run.
 */
export const answerInQueryAlone = (engine: Provider): void => {
  const { responseModes } = internalsOf(engine)
  for (const mode of [...responseModes.keys()]) if (mode !== 'query') responseModes.delete(mode)
}
