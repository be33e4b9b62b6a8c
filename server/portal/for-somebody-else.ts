import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Account } from '../grants/authorization.ts'

/**
 * Whether `for` in the address names another person than the one who is signed in. Several people may use one browser, and Carekey
 * opens `B/account` for one of them. `for` is the hash of the person's `sub`. Anybody can invent one, so it decides only whether the
 * page asks first.
 */
export const isForSomebodyElse = ({ query }: FastifyRequest, { id }: Account): boolean => {
  const { for: person } = query as { for?: unknown }
  return person !== undefined && person !== createHash('sha256').update(id).digest('base64')
}
