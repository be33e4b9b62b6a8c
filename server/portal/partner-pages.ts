import type { FastifyInstance } from 'fastify'
import { endPartnerPage } from '../pages/account/confirm-end.ts'
import { type PersonForm, personPage } from '../pages/sign-in/name.ts'
import { PartnerRefused, readPerson } from '../sign-in/partner/partner-sign-in.ts'
import type { Partner } from '../sign-in/partner/partner-state.ts'
import type { OwnSessionDeps } from '../sign-in/visit/own-session.ts'
import { type AccountPages, savedAddress, type Visitor } from './visitor.ts'

/** Serves `B/account/person`, on which a person corrects what they said of themselves. */
export const ownPerson = (
  app: FastifyInstance,
  { signIn, clock, keys }: Pick<Partner, 'signIn'> & Pick<OwnSessionDeps, 'clock' | 'keys'>,
  { withSession, change, send, notFound }: AccountPages,
): void => {
  const show = ({ reply, page }: Visitor, form: PersonForm, isWrong = false) =>
    send(reply, personPage({ ...page, form, isWrong }))

  app.get(
    '/account/person',
    withSession(async (visitor) => {
      const person = await signIn.findPerson(visitor.session.account)
      if (!person) return notFound(visitor)
      const { patient } = visitor.session.account
      await change(visitor, { kind: 'read', entity: `Patient/${patient}` }, async () => true)
      return show(visitor, { ...person, birthdate: person.birthDate })
    }),
  )

  app.post(
    '/account/person',
    withSession(async (visitor) => {
      const { request, reply, session } = visitor
      const form = request.body as PersonForm
      if (!(await signIn.findPerson(session.account))) return notFound(visitor)
      const person = readPerson(form, clock())
      if (!person) return show(visitor, form, true)
      const hasChanged = await change(visitor, { kind: 'account', details: { change: 'person' } }, (trx) =>
        signIn.correct(trx, session.account, person).then(
          () => true,
          // The account has just ended, and the next page is the sign-in.
          (error: unknown) => {
            if (error instanceof PartnerRefused) return false
            throw error
          },
        ),
      )
      const back = hasChanged ? savedAddress({ keys }, session, '/account', 'person') : '/account'
      return reply.redirect(back, 303)
    }),
  )
}

/** Serves `B/account/upstream`, where a person ends the connection to another company. */
export const partnerConnection = (
  app: FastifyInstance,
  { signIn }: Partner,
  { forVisitor, withSession, change, send }: AccountPages,
): void => {
  app.get(
    '/account/upstream',
    withSession(async ({ reply, page }) => send(reply, endPartnerPage({ ...page, partner: signIn.name }))),
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
