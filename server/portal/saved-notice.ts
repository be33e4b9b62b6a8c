import type { FastifyRequest } from 'fastify'
import { formToken, isFormToken } from '../sign-in/visit/own-cookie.ts'
import type { OwnSession, OwnSessionDeps } from '../sign-in/visit/own-session.ts'

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
