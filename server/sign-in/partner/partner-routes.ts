import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessEvent, LoggedAccess } from '../../audit/entry/access-event.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import { findSignedInAccount } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import type { NamePage } from '../../pages/sign-in/name.ts'
import type { Db } from '../../store/schema.ts'
import { type PartnerReason, PartnerRefused, readPerson } from './partner-sign-in.ts'
import type { Partner, PartnerState } from './partner-state.ts'
import { accessOfConnection, redeemOnce } from './redeem-once.ts'

type Awaitable<T> = T | Promise<T>

/** Where a person signs in: to an authorization, or at the organization's own pages. `Step` is one request of it. */
interface SignInPlace<Step> {
  /** The address that leads to the other company, and to which the browser returns. */
  readonly address: string
  /** Where the form with the person's name is sent. */
  readonly nameAddress: string
  readonly open: (request: FastifyRequest, reply: FastifyReply) => Awaitable<Step>
  /** Returns what a state belongs to; `undefined` if this browser can have none. */
  readonly holderOf: (step: Step) => string | undefined
  /** Returns the page to open after the sign-in, if its state must say. */
  readonly nextOf?: (step: Step) => string
  readonly accessOf: (step: Step, event: AccessEvent) => Awaitable<LoggedAccess>
  readonly showName: (step: Step, page: Pick<NamePage, 'partner' | 'state' | 'form'>) => unknown
  /** Shows the sign-in page again, with the reason for the failure. */
  readonly showLogin: (step: Step, reason: PartnerReason) => unknown
  /** Signs the person in, with `work` in the same transaction, and redirects. */
  readonly signInAs: (
    step: Step,
    account: SignedInAccount,
    state: PartnerState,
    work?: (trx: Db) => Promise<void>,
  ) => Promise<unknown>
}

/**
 * Serves the sign-in with another company: the way there, the return, and, the first time, the page that asks for the
 * name.
 */
export const partnerRoutes = <Step>(
  app: FastifyInstance,
  { store, clock, recorder }: RecordingDeps,
  partner: Partner,
  place: SignInPlace<Step>,
): void => {
  const { signIn, states } = partner

  const refuse = async (step: Step, reason: PartnerReason) => {
    const refusal = { kind: 'sign-in', outcome: 'refused', reason: `upstream_${reason}` } as const
    await recorder.record(await place.accessOf(step, refusal))
    return place.showLogin(step, reason)
  }

  const refuseWhenThrown = async (step: Step, work: () => Promise<unknown>) => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof PartnerRefused) return refuse(step, error.reason)
      throw error
    }
  }

  /** Opens a state that was sealed for this step. */
  const openState = (purpose: 'sign-in' | 'describe', step: Step, sealedState: unknown) => {
    const state = states.open(purpose, sealedState)
    const holder = place.holderOf(step)
    return holder === undefined || state?.holder !== holder || state.isLate ? undefined : state
  }

  const showName = (
    step: Step,
    { id: accountId, generation }: SignedInAccount,
    // A form that is sent again does not live longer.
    { holder, next, ends }: PartnerState,
    form?: NamePage['form'],
  ) => {
    const state = states.seal('describe', { holder, accountId, generation, next, ends })
    return place.showName(step, { partner: signIn.name, state, ...(form && { form }) })
  }

  app.post(place.address, async (request, reply) => {
    const step = await place.open(request, reply)
    const holder = place.holderOf(step) ?? ''
    const state = states.seal('sign-in', { holder, next: place.nextOf?.(step) })
    return reply.redirect(signIn.addressFor(state), 303)
  })

  app.get(place.address, async (request, reply) => {
    const step = await place.open(request, reply)
    const { code, state: sealedState } = request.query as Record<string, unknown>
    const state = openState('sign-in', step, sealedState)
    if (!state) return refuse(step, 'late')
    if (typeof code !== 'string' || code === '' || code.length > 500) return refuse(step, 'denied')
    const base = await place.accessOf(step, { kind: 'account', outcome: 'success' })
    return refuseWhenThrown(step, async () => {
      const access = accessOfConnection(base, signIn.name)
      const answer = { code, state: sealedState, address: request.ip, access }
      const { account, isNamed } = await redeemOnce({ store, clock }, partner, answer)
      if (isNamed) return place.signInAs(step, account, state)
      return showName(step, account, { ...state, ends: undefined })
    })
  })

  app.post(place.nameAddress, async (request, reply) => {
    const step = await place.open(request, reply)
    const form = request.body as Record<string, string | string[] | undefined>
    const state = openState('describe', step, form.state)
    if (!state) return refuse(step, 'late')
    const { accountId = '', generation = 0 } = state
    const account = await findSignedInAccount(store, { accountId, generation })
    if (!account) return refuse(step, 'disabled')
    const person = readPerson(form, clock())
    if (!person) return showName(step, account, state, form)
    return refuseWhenThrown(step, () =>
      place.signInAs(step, account, state, async (trx) => {
        await signIn.describe(trx, account, person)
      }),
    )
  })
}
