import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import { endUpstreamPage } from '../../pages/end-upstream.ts'
import type { Db } from '../../store/schema.ts'
import type { Upstream } from '../upstream/upstream-state.ts'
import type { AccountEvent, Visitor } from './account.ts'

type ForVisitor = (
  run: (visitor: Visitor) => Promise<unknown>,
) => (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

export interface AccountPages {
  /** Without a turn, for what has another limit, or may wait for another company. */
  readonly forVisitor: ForVisitor
  readonly withSession: ForVisitor
  readonly change: (
    visitor: Visitor,
    event: AccountEvent,
    work: (trx: Db) => Promise<boolean>,
  ) => Promise<boolean>
  readonly send: (reply: FastifyReply, page: VNode) => FastifyReply
  readonly notFound: (visitor: Visitor) => FastifyReply
}

/** Serves `B/account/upstream`, where a person ends the connection to another company. */
export const upstreamConnection = (
  app: FastifyInstance,
  { signIn }: Upstream,
  { forVisitor, withSession, change, send }: AccountPages,
): void => {
  app.get(
    '/account/upstream',
    withSession(async ({ reply, page }) => send(reply, endUpstreamPage({ ...page, upstream: signIn.name }))),
  )

  app.post(
    '/account/upstream',
    forVisitor(async (visitor) => {
      const details = { change: 'disconnect', upstream: signIn.name }
      await change(
        visitor,
        { kind: 'account', details },
        async (trx) => (await signIn.disconnect(trx, visitor.session.account)) !== undefined,
      )
      await signIn.tell(visitor.session.account)
      return visitor.reply.redirect('/account', 303)
    }),
  )
}
