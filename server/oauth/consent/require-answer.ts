import type Provider from 'oidc-provider'
import { addStep, requireAdmitted, type StepContext } from '../seam/endpoints.ts'
import { isDecided } from '../seam/signed-in.ts'

interface Deps {
  engine: Provider
  /** Renders the page for an authorization that cannot go on from this address. */
  overPage: (ctx: Pick<StepContext, 'get'>) => string
}

/**
 * Continues an authorization only once the person has answered its page. The engine would replace one that nobody has answered with a
 * new one of the full lifetime, and without its sign-in: a stranger could keep it for ever, and a person could sign in to it again and
 * again, each time uncounting the authorization of somebody else.
 */
export const requireAnswer = ({ engine, overPage }: Deps): void => {
  addStep(engine, ['resume'], async (ctx, next) => {
    const { uid = '' } = requireAdmitted(ctx).params
    const interaction = await engine.Interaction.find(uid)
    if (!interaction || isDecided(interaction)) return next()
    ctx.status = 400
    ctx.type = 'html'
    ctx.body = overPage(ctx)
  })
}
