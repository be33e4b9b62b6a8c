import { createHmac, randomBytes } from 'node:crypto'
import type { Clock } from '../../config.ts'
import type { Application } from './application.ts'
import { numberOf } from './measures.ts'
import { invalidParameter } from './refusal.ts'

const NONCE_LIFE = 30 * 60_000

export type Signatures = ReturnType<typeof createSignatures>

/** Signed requests: HMAC-SHA256 under the application's secret, over values joined by commas, with a nonce that is valid once. */
export const createSignatures = ({
  applications,
  now,
}: {
  applications: readonly Application[]
  now: Clock
}) => {
  const nonces = new Map<string, { readonly clientId: string; readonly ends: number }>()

  const findApplication = (params: URLSearchParams): Application => {
    const application = applications.find(({ clientId }) => clientId === params.get('client_id'))
    if (!application) throw invalidParameter('client_id')
    return application
  }
  const requireSignature = (params: URLSearchParams, last: string): Application => {
    const application = findApplication(params)
    const signedText = [params.get('action'), application.clientId, last].join(',')
    const expectedSignature = createHmac('sha256', application.clientSecret).update(signedText).digest('hex')
    if (params.get('signature') !== expectedSignature) throw invalidParameter('signature')
    return application
  }
  const requireSigned = (params: URLSearchParams): Application => {
    const presented = params.get('nonce') ?? ''
    const application = requireSignature(params, presented)
    const nonce = nonces.get(presented)
    nonces.delete(presented)
    if (!nonce || nonce.clientId !== application.clientId || now() >= nonce.ends)
      throw invalidParameter('nonce')
    return application
  }

  return {
    /** @throws Refusal for an unsigned request. */
    getNonce: (params: URLSearchParams): { nonce: string } => {
      if (numberOf(params, 'timestamp') === undefined) throw invalidParameter('timestamp')
      const { clientId } = requireSignature(params, params.get('timestamp') ?? '')
      const nonce = randomBytes(20).toString('hex')
      nonces.set(nonce, { clientId, ends: now() + NONCE_LIFE })
      return { nonce }
    },

    /** Checks a request that must be signed. @throws Refusal */
    requireSigned,

    /** Checks a request that must be signed or contain the secret. @throws Refusal */
    authenticate: (params: URLSearchParams): Application => {
      if (params.has('signature')) return requireSigned(params)
      const application = findApplication(params)
      if (params.get('client_secret') !== application.clientSecret) throw invalidParameter('client_secret')
      return application
    },
  }
}
