import type { FastifyRequest } from 'fastify'
import type { AccessEvent, LoggedAccess } from '../../audit/entry/access-event.ts'
import { agentOf } from '../../grants/agent.ts'
import type { Account } from '../../grants/authorization.ts'

/** Returns the log entry for an action on the organization's own pages; without an account, nobody is signed in. */
export const ownAccess = (request: FastifyRequest, event: AccessEvent, account?: Account): LoggedAccess => ({
  requestId: request.id,
  patients: account?.patient ? [account.patient] : [],
  ...event,
  agent: { ...agentOf(request.ip, { account }), onOwnPages: true, ...event.agent },
})

/** A person disconnects an application there. Without the detail, the application itself gave its token back. */
export const DISCONNECT = { kind: 'revoke', details: { change: 'disconnect' } } as const
