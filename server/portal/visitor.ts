import type { FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import type { LoggedAccess } from '../audit/entry/access-event.ts'
import type { OwnPage } from '../pages/frame/own-page.ts'
import type { OwnSession } from '../sign-in/visit/own-session.ts'
import type { Db } from '../store/schema.ts'

/** Somebody who is signed in at the organization's own pages, with the request that is answered. */
export interface Visitor {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly session: OwnSession
  readonly page: OwnPage
}

export type AccountEvent = Pick<LoggedAccess, 'kind'> & Partial<LoggedAccess>

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
