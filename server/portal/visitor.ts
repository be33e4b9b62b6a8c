import type { FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import type { LoggedAccess } from '../audit/entry/access-event.ts'
import type { OwnPage } from '../pages/frame/layout.ts'
import { formToken, isFormToken } from '../sign-in/visit/own-cookie.ts'
import type { OwnSession, OwnSessionDeps } from '../sign-in/visit/own-session.ts'
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

/**
 * Returns the address of a page that says what was just saved. Only the session that saved it is shown that, because a link from
 * elsewhere must not make the organization's own page say that something was done.
 *
 * @param path of the page, without a query.
 */
export const savedAddress = (
  { keys }: Pick<OwnSessionDeps, 'keys'>,
  session: OwnSession,
  path: string,
  saved: string,
): string => {
  const proof = formToken(keys.forms, boundTo(session, path, saved))
  return `${path}?${new URLSearchParams({ saved, proof })}`
}

/** Returns what the page of a request may say was saved. */
export const findSaved = (
  { keys }: Pick<OwnSessionDeps, 'keys'>,
  session: OwnSession,
  { url, query }: FastifyRequest,
): string | undefined => {
  const { saved, proof } = query as Record<string, unknown>
  const [path = ''] = url.split('?', 1)
  return typeof saved === 'string' && isFormToken(keys.forms, boundTo(session, path, saved), proof)
    ? saved
    : undefined
}

const boundTo = ({ id }: OwnSession, path: string, saved: string): string =>
  ['saved', id, path, saved].join(' ')
