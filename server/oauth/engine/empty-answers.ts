import type Provider from 'oidc-provider'

/** Leaves out the media type of an empty body, which some libraries refuse (`oidc-client-ts`, after a revocation). */
export const leaveOutEmptyType = (engine: Provider): void => {
  engine.use(async (ctx, next) => {
    await next()
    if (ctx.body === '') ctx.remove('Content-Type')
  })
}
