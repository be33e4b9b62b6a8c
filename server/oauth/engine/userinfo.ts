import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import { reportFault } from '../../errors.ts'
import { fhirUserClaim } from '../../grants/accounts.ts'
import { accessWithToken } from '../../grants/agent.ts'
import type { Authorization } from '../../grants/authorization.ts'
import { requirePresentedToken, TokenRefused } from '../../grants/presented-token.ts'
import { StoreUnavailable } from '../../store/store.ts'

/**
 * Serves `B/oauth/userinfo` (OpenID Connect Core, section 5.3). The engine's own endpoint refuses tokens for the FHIR
 * server, and all of our tokens are for it.
 */
export const userinfoRoutes =
  ({ config, store, clock, recorder }: RecordingDeps): FastifyPluginAsync =>
  async (app) => {
    const claimsOf = ({ account, words }: Authorization) => {
      if (!account || !words.has('openid')) return undefined
      const user = words.has('fhirUser') ? fhirUserClaim(config, account) : undefined
      return { sub: account.id, name: account.name, ...(user && { fhirUser: user }) }
    }

    const answer = async (request: FastifyRequest, reply: FastifyReply) => {
      const { authorization: header, dpop } = request.headers
      const log = (access: Pick<LoggedAccess, 'outcome' | 'reason' | 'agent' | 'patients'>): Promise<void> =>
        recorder.record({ ...access, kind: 'userinfo', requestId: request.id })
      try {
        const token = {
          authorization: header,
          dpop: dpop?.toString(),
          method: request.method,
          url: `${config.publicUrl}/oauth/userinfo`,
        }
        const authorization = await requirePresentedToken({ store, config }, token, clock())
        const claims = claimsOf(authorization)
        const access = accessWithToken(request.ip, { authorization }, claims === undefined)
        if (claims) {
          const { patient } = authorization.account ?? {}
          await log({ ...access, outcome: 'success', patients: patient === undefined ? [] : [patient] })
          return reply.send(claims)
        }
        await log({ ...access, outcome: 'refused', reason: 'insufficient_scope' })
        const challenge = 'Bearer error="insufficient_scope", scope="openid"'
        return refuse(reply, 403, challenge, 'insufficient_scope', 'The scope openid is needed.')
      } catch (error) {
        if (!(error instanceof TokenRefused)) throw error
        await log({ ...accessWithToken(request.ip, error, true), outcome: 'refused', reason: error.code })
        const code = error.code === 'login_required' ? 'invalid_token' : error.code
        return refuse(reply, 401, error.challenge, code, error.message)
      }
    }
    app.setErrorHandler((error, request, reply) => {
      if (!(error instanceof StoreUnavailable)) throw error
      reportFault(request, error, 'userinfo failed')
      return reply.code(503).header('retry-after', '1').send({ error: 'temporarily_unavailable' })
    })
    // No body is read: it could only contain a token, which is accepted only in the header.
    app.route({
      method: ['GET', 'POST'],
      url: '/oauth/userinfo',
      config: { cors: 'applications' },
      handler: answer,
    })
  }

const refuse = (reply: FastifyReply, status: number, challenge: string, error: string, description: string) =>
  reply.code(status).header('www-authenticate', challenge).send({ error, error_description: description })
