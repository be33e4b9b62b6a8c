import { decodeJwt } from 'jose'
import type Provider from 'oidc-provider'
import type { Clock } from '../../config.ts'
import { FRESHNESS_SECONDS } from '../../grants/dpop.ts'
import { addStep } from '../seam/endpoints.ts'

/**
 * Refuses a DPoP proof at the token endpoint that is not recent by our clock. The engine relies on the system clock: if that
 * is set back, an old proof looks recent again, although our record of its use has expired (F16).
 */
export const refuseStaleProofs = ({ engine, clock }: { engine: Provider; clock: Clock }): void => {
  addStep(engine, ['token'], async (ctx, next) => {
    const iat = issuedAt(ctx.get('dpop'))
    if (iat === undefined || Math.abs(clock() / 1000 - iat) <= FRESHNESS_SECONDS) return next()
    ctx.status = 400
    ctx.body = { error: 'invalid_dpop_proof', error_description: 'the DPoP proof is not recent' }
  })
}

/** Returns `iat`, or `undefined` for a malformed proof, which the engine refuses. */
const issuedAt = (proof: string): number | undefined => {
  try {
    const { iat } = decodeJwt(proof)
    return typeof iat === 'number' ? iat : undefined
  } catch {
    return undefined
  }
}
