import type { FastifyInstance } from 'fastify'
import { findSignedInAccount } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { namePage } from '../../pages/sign-in/name.ts'
import { accessOfConnection, redeemOnce } from '../../sign-in/upstream/redeem-once.ts'
import { readPerson, type UpstreamReason, UpstreamRefused } from '../../sign-in/upstream/upstream-sign-in.ts'
import type { Upstream } from '../../sign-in/upstream/upstream-state.ts'
import { formToken } from '../../sign-in/visit/own-cookie.ts'
import type { Db } from '../../store/schema.ts'
import { type Form, type InteractionDeps, localeFor, type Step, type Steps } from './interaction-steps.ts'

interface UpstreamStep {
  readonly steps: Steps
  /** Signs the person in for this authorization, and redirects. */
  readonly signInAs: (
    page: Step,
    account: SignedInAccount,
    writes?: Step['work']['operations'],
  ) => Promise<unknown>
  /** Shows the sign-in page again, with the reason for the failure. */
  readonly showLogin: (page: Step, reason: UpstreamReason) => Promise<unknown>
}

/**
 * Serves the sign-in with another company for an authorization: the way there, the return, and, the first time, the page that
 * asks for the name.
 */
export const upstreamStep = (
  app: FastifyInstance,
  deps: InteractionDeps,
  both: Upstream,
  { steps, signInAs, showLogin }: UpstreamStep,
): void => {
  const { config, store, clock, recorder, keys } = deps
  const { signIn: upstream, states } = both

  const showName = async (step: Step, account: SignedInAccount, ends?: number, form?: Form) => {
    const { uid: holder } = step.interaction
    const page = namePage({
      organization: config.organization,
      locale: localeFor(config, step),
      upstream: upstream.name,
      action: `/login/${holder}/name`,
      formToken: formToken(keys.forms, holder),
      state: states.seal('describe', {
        ...{ holder, accountId: account.id, generation: account.generation },
        // A form that is sent again does not live longer.
        ...(ends !== undefined && { ends }),
      }),
      ...(form && { form }),
    })
    return steps.show(step, page)
  }

  const refuse = async (step: Step, reason: UpstreamReason) => {
    const refusal = { kind: 'sign-in', outcome: 'refused', reason: `upstream_${reason}` } as const
    await recorder.record(await steps.accessOf(step, refusal, undefined))
    return showLogin(step, reason)
  }

  app.post('/login/:uid/upstream', async (request, reply) => {
    const step = await steps.open(request, reply, 'login')
    const state = states.seal('sign-in', { holder: step.interaction.uid })
    return reply.redirect(upstream.addressFor(state), 303)
  })

  app.get('/login/:uid/upstream', async (request, reply) => {
    const step = await steps.open(request, reply, 'login')
    const { code, state: sealedState } = request.query as Record<string, unknown>
    const state = states.open('sign-in', sealedState)
    if (state?.holder !== step.interaction.uid || state.isLate) return refuse(step, 'late')
    if (typeof code !== 'string' || code === '' || code.length > 500) return refuse(step, 'denied')
    const event = { kind: 'account', outcome: 'success' } as const
    const base = await steps.accessOf(step, event, undefined)
    try {
      const access = accessOfConnection(base, upstream.name)
      const answer = { code, state: sealedState, address: request.ip, access }
      const { account, isNamed } = await redeemOnce(deps, both, answer)
      return isNamed ? signInAs(step, account) : showName(step, account)
    } catch (error) {
      if (error instanceof UpstreamRefused) return refuse(step, error.reason)
      throw error
    }
  })

  app.post('/login/:uid/name', async (request, reply) => {
    const step = await steps.open(request, reply, 'login')
    const form = request.body as Form
    const state = states.open('describe', form.state)
    if (state?.holder !== step.interaction.uid || state.isLate) return refuse(step, 'late')
    const { accountId = '', generation = 0 } = state
    const account = await findSignedInAccount(store, { accountId, generation })
    if (!account) return refuse(step, 'disabled')
    const person = readPerson(form, clock())
    if (!person) return showName(step, account, state.ends, form)
    const write = async (trx: Db) => {
      await upstream.describe(trx, account, person)
    }
    try {
      return await signInAs(step, account, [write])
    } catch (error) {
      if (error instanceof UpstreamRefused) return refuse(step, error.reason)
      throw error
    }
  })
}
