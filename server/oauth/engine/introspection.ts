import type Provider from 'oidc-provider'
import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { Config } from '../../config.ts'
import { fhirUserClaim } from '../../grants/accounts.ts'
import { isResourceServer } from '../clients/client-policy.ts'
import { launchMembers } from '../launch/launch-context.ts'
import { addStep } from '../seam/endpoints.ts'
import { findAssertion } from '../seam/read-body.ts'
import { findUnitOfWork } from '../seam/unit-of-work.ts'

/**
 * Refuses introspection without credentials (RFC 7662, section 2.1), because the client id of a public application proves
 * nothing. The engine checks the credentials.
 */
export const requireCredentials = (engine: Provider): void => {
  addStep(engine, ['introspection'], async (ctx, next) => {
    if (ctx.get('authorization') !== '' || findAssertion(ctx) !== undefined) return next()
    const error = new errors.InvalidClientAuth('no credentials')
    engine.emit('introspection.error', ctx as KoaContextWithOIDC, error)
    ctx.status = 401
    ctx.set('WWW-Authenticate', `Basic realm="${engine.issuer}"`)
    ctx.body = {
      error: 'invalid_client',
      error_description: 'Introspection requires an application that authenticates itself.',
    }
  })
}

/**
 * Adds to the response for an active token what SMART App Launch 2.2, section 8 requires beyond RFC 7662: its launch context, and
 * `fhirUser` if the token has that scope. Also adds the end of the window, because the person may have shortened it since the
 * token was issued. Leaves out the person's account (`sub`) unless the token has the scope `openid`, of which the consent page says that
 * the application learns it; a resource server of the organization gets it always.
 */
export const addContextToIntrospection = (engine: Provider, config: Config): void => {
  addStep(engine, ['introspection'], async (context, next) => {
    await next()
    const ctx = context as KoaContextWithOIDC
    const body = ctx.body as { active?: boolean; sub?: string; scope?: string } | undefined
    if (!body?.active) return
    const words = body.scope?.split(' ') ?? []
    const { sub, ...answer } = body
    const { Client: client, Grant: grant } = ctx.oidc.entities
    const mayNamePerson = words.includes('openid') || (client !== undefined && isResourceServer(client))
    const found = findUnitOfWork()?.foundGrants.get(grant?.jti ?? '')
    const fhirUser = found && words.includes('fhirUser') ? fhirUserClaim(config, found.account) : undefined
    ctx.body = {
      ...answer,
      ...(mayNamePerson && { sub }),
      ...(found && {
        ...launchMembers(config, found.consent),
        access_grant_expiration: new Date(found.consent.expires_at).toISOString(),
      }),
      ...(fhirUser && { fhirUser }),
    }
  })
}
