import type { FastifyReply, FastifyRequest } from 'fastify'
import type { VNode } from 'preact'
import type { LoggedAccess } from '../audit/entry/access-event.ts'
import type { OwnPage } from '../pages/frame/layout.ts'
import { formToken, isFormToken } from '../sign-in/visit/own-cookie.ts'
import { findOwnSession, type OwnSession, type OwnSessionDeps } from '../sign-in/visit/own-session.ts'
import type { Db } from '../store/schema.ts'
import { createPageTurns } from './page-turns.ts'

/** Somebody who is signed in at the organization's own pages, with the request that is answered. */
export interface SignedIn {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly session: OwnSession
}

/** The same on the pages of their account. */
export interface Visitor extends SignedIn {
  readonly page: OwnPage
}

export type AccountEvent = Pick<LoggedAccess, 'kind'> & Partial<LoggedAccess>

type For<Person> = (
  answer: (person: Person) => Promise<unknown>,
) => (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

export interface AccountPages {
  /** Without a turn, for what has another limit, or may wait for another company. */
  readonly forVisitor: For<Visitor>
  readonly withSession: For<Visitor>
  readonly change: (
    visitor: Visitor,
    event: AccountEvent,
    work: (trx: Db) => Promise<boolean>,
  ) => Promise<boolean>
  readonly send: (reply: FastifyReply, page: VNode) => FastifyReply
  readonly notFound: (visitor: Visitor) => FastifyReply
}

/**
 * Returns how pages are served to people who have signed in. Others are redirected to the sign-in, and afterwards back to the page (after
 * a POST, to `home`).
 */
export const createAdmission = (deps: OwnSessionDeps, home: string) => {
  const inTurn = createPageTurns()
  const admit: For<SignedIn> = (answer) => async (request, reply) => {
    const session = await findOwnSession(deps, request)
    if (session) return answer({ request, reply, session })
    const next = request.method === 'GET' ? request.url : home
    return reply.redirect(`/login?${new URLSearchParams({ next })}`, 303)
  }
  /** As `admit`, with a turn for each page and change. The session may have ended while it was waited for. */
  const admitInTurn: For<SignedIn> = (answer) =>
    admit(({ request, reply, session }) =>
      inTurn(session.account, reply, () => admit(answer)(request, reply)),
    )
  return { admit, admitInTurn }
}

/**
 * Returns the address of a page that says what was just saved. Only the session that saved it is shown that, because a link from
 * elsewhere must not make the organization's own page say that something was done.
 *
 * @param path of the page, without a query.
 */
export const savedAddress = (
  { keys }: Pick<OwnSessionDeps, 'keys'>,
  session: Pick<OwnSession, 'id'>,
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

const boundTo = ({ id }: Pick<OwnSession, 'id'>, path: string, saved: string): string =>
  ['saved', id, path, saved].join(' ')
