import { decodeJwt } from 'jose'
import type Provider from 'oidc-provider'
import type { Clock } from '../../config.ts'
import { FRESH } from '../../grants/dpop.ts'
import { addStep } from '../engine/endpoints.ts'

/**
 * Refuses a DPoP proof at the token endpoint that is not recent by our clock. The engine goes by the system's, which may be
 * set back to when a proof was used, and by ours that use is forgotten (F16).
 */
export const refuseStaleProofs = ({ engine, clock }: { engine: Provider; clock: Clock }): void => {
  addStep(engine, ['token'], async (ctx, next) => {
    const issued = issuedAt(ctx.get('dpop'))
    if (issued === undefined || Math.abs(clock() / 1000 - issued) <= FRESH) return next()
    ctx.status = 400
    ctx.body = { error: 'invalid_dpop_proof', error_description: 'the DPoP proof is not recent' }
  })
}

/** What is no proof at all is refused by the engine. */
const issuedAt = (proof: string): number | undefined => {
  try {
    const { iat } = decodeJwt(proof)
    return typeof iat === 'number' ? iat : undefined
  } catch {
    return undefined
  }
}
