import type { FastifyInstance } from 'fastify'
import { type PasswordRefusal, securityPage } from '../pages/account/security.ts'
import { deviceValue, rememberDevice } from '../sign-in/password/device-cookie.ts'
import { findPasswordName, setPassword } from '../sign-in/password/own-password.ts'
import {
  findPasswordFault,
  hashPassword,
  knownBrowserOf,
  PASSWORD_LENGTH,
} from '../sign-in/password/password.ts'
import { checkPassword } from '../sign-in/password/password-check.ts'
import { type OwnSessionDeps, ownAccess, startOwnSession } from '../sign-in/visit/own-session.ts'
import { type AccountPages, savedAddress, type Visitor } from './visitor.ts'

/** Serves `B/account/security`, where a person changes the password of their account. */
export const ownSecurity = (
  app: FastifyInstance,
  deps: OwnSessionDeps,
  { forVisitor, withSession, change, send, notFound }: AccountPages,
): void => {
  const { config, store, clock, recorder } = deps

  const show = ({ reply, page }: Visitor, username: string, refusal?: PasswordRefusal) =>
    send(reply, securityPage({ ...page, username, length: PASSWORD_LENGTH, ...(refusal && { refusal }) }))

  const logRefusal = ({ request, session }: Visitor, reason: string) =>
    recorder.record(ownAccess(request, { kind: 'account', outcome: 'refused', reason }, session.account))

  app.get(
    '/account/security',
    withSession(async (visitor) => {
      const username = await findPasswordName(store.db, visitor.session.account)
      return username === undefined ? notFound(visitor) : show(visitor, username)
    }),
  )

  app.post(
    '/account/security',
    // Nothing is done before the current password is checked, which has a limit of its own.
    forVisitor(async (visitor) => {
      const { request, reply, session } = visitor
      const username = await findPasswordName(store.db, session.account)
      if (username === undefined) return notFound(visitor)
      const [current, password, again] = ['current', 'password', 'again'].map((name) => {
        const value = (request.body as Record<string, unknown>)[name]
        return typeof value === 'string' ? value : ''
      }) as [string, string, string]
      // A guess like any other, because the person may have left a browser in which somebody else sits now.
      const device = deviceValue(config, request)
      const attempt = { username, password: current.slice(0, 1000), address: request.ip, device }
      const result = await checkPassword(store, attempt, clock())
      if (!('account' in result)) {
        await logRefusal(visitor, result.reason)
        return show(visitor, username, { attempt: result })
      }
      const fault =
        findPasswordFault(password, [username, config.organization.name]) ??
        (again === password ? undefined : 'different')
      if (fault) {
        await logRefusal(visitor, 'unsuitable_password')
        return show(visitor, username, { fault })
      }
      // Whoever has just typed the current password is no stranger.
      const passwordHash = await hashPassword(password, knownBrowserOf(session.account.id))
      let next: { readonly id: string } | undefined
      await change(visitor, { kind: 'account', details: { change: 'password' } }, async (trx) => {
        const account = await setPassword(trx, session.account, passwordHash)
        if (!account) return false
        const renewed = startOwnSession(deps, request, reply, account, session.uiLocales)
        await renewed.save(trx)
        await rememberDevice(deps, request, reply, account).save(trx)
        next = renewed
        return true
      })
      // Without one, the account has just changed, and the next page is the sign-in.
      return reply.redirect(next ? savedAddress(deps, next, '/account', 'password') : '/account', 303)
    }),
  )
}
