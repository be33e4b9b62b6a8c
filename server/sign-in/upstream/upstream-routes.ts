import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessEvent, LoggedAccess } from '../../audit/entry/access-event.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import { findSignedInAccount } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import type { NamePage } from '../../pages/sign-in/name.ts'
import type { Db } from '../../store/schema.ts'
import { accessOfConnection, redeemOnce } from './redeem-once.ts'
import { readPerson, type UpstreamReason, UpstreamRefused } from './upstream-sign-in.ts'
import type { Upstream, UpstreamState } from './upstream-state.ts'

type Awaitable<T> = T | Promise<T>

/** Where a person signs in: to an authorization, or at the organization's own pages. `Visit` is one request there. */
interface SignInPlace<Visit> {
  /** The address that leads to the other company, and to which the browser returns. */
  readonly address: string
  /** Where the form with the person's name is sent. */
  readonly nameAddress: string
  readonly open: (request: FastifyRequest, reply: FastifyReply) => Awaitable<Visit>
  /** Returns what a state belongs to; `undefined` if this browser can have none. */
  readonly holderOf: (visit: Visit) => string | undefined
  /** Returns the page to open after the sign-in, if its state must say. */
  readonly nextOf?: (visit: Visit) => string
  readonly accessOf: (visit: Visit, event: AccessEvent) => Awaitable<LoggedAccess>
  readonly showName: (visit: Visit, page: Pick<NamePage, 'upstream' | 'state' | 'form'>) => unknown
  /** Shows the sign-in page again, with the reason for the failure. */
  readonly showLogin: (visit: Visit, reason: UpstreamReason) => unknown
  /** Signs the person in, with `work` in the same transaction, and redirects. */
  readonly signInAs: (
    visit: Visit,
    account: SignedInAccount,
    state: UpstreamState,
    work?: (trx: Db) => Promise<void>,
  ) => Promise<unknown>
}

/**
 * Serves the sign-in with another company: the way there, the return, and, the first time, the page that asks for the
 * name.
 */
export const upstreamRoutes = <Visit>(
  app: FastifyInstance,
  { store, clock, recorder }: RecordingDeps,
  both: Upstream,
  place: SignInPlace<Visit>,
): void => {
  const { signIn: upstream, states } = both

  const refuse = async (visit: Visit, reason: UpstreamReason) => {
    const refusal = { kind: 'sign-in', outcome: 'refused', reason: `upstream_${reason}` } as const
    await recorder.record(await place.accessOf(visit, refusal))
    return place.showLogin(visit, reason)
  }

  const refuseWhenThrown = async (visit: Visit, signIn: () => Promise<unknown>) => {
    try {
      return await signIn()
    } catch (error) {
      if (error instanceof UpstreamRefused) return refuse(visit, error.reason)
      throw error
    }
  }

  /** Opens a state that was sealed for this visit. */
  const openState = (purpose: 'sign-in' | 'describe', visit: Visit, sealedState: unknown) => {
    const state = states.open(purpose, sealedState)
    const holder = place.holderOf(visit)
    return holder === undefined || state?.holder !== holder || state.isLate ? undefined : state
  }

  const showName = (
    visit: Visit,
    { id: accountId, generation }: SignedInAccount,
    // A form that is sent again does not live longer.
    { holder, next, ends }: UpstreamState,
    form?: NamePage['form'],
  ) => {
    const state = states.seal('describe', { holder, accountId, generation, next, ends })
    return place.showName(visit, { upstream: upstream.name, state, ...(form && { form }) })
  }

  app.post(place.address, async (request, reply) => {
    const visit = await place.open(request, reply)
    const holder = place.holderOf(visit) ?? ''
    const state = states.seal('sign-in', { holder, next: place.nextOf?.(visit) })
    return reply.redirect(upstream.addressFor(state), 303)
  })

  app.get(place.address, async (request, reply) => {
    const visit = await place.open(request, reply)
    const { code, state: sealedState } = request.query as Record<string, unknown>
    const state = openState('sign-in', visit, sealedState)
    if (!state) return refuse(visit, 'late')
    if (typeof code !== 'string' || code === '' || code.length > 500) return refuse(visit, 'denied')
    const base = await place.accessOf(visit, { kind: 'account', outcome: 'success' })
    return refuseWhenThrown(visit, async () => {
      const access = accessOfConnection(base, upstream.name)
      const answer = { code, state: sealedState, address: request.ip, access }
      const { account, isNamed } = await redeemOnce({ store, clock }, both, answer)
      if (isNamed) return place.signInAs(visit, account, state)
      return showName(visit, account, { ...state, ends: undefined })
    })
  })

  app.post(place.nameAddress, async (request, reply) => {
    const visit = await place.open(request, reply)
    const form = request.body as Record<string, string | string[] | undefined>
    const state = openState('describe', visit, form.state)
    if (!state) return refuse(visit, 'late')
    const { accountId = '', generation = 0 } = state
    const account = await findSignedInAccount(store, { accountId, generation })
    if (!account) return refuse(visit, 'disabled')
    const person = readPerson(form, clock())
    if (!person) return showName(visit, account, state, form)
    return refuseWhenThrown(visit, () =>
      place.signInAs(visit, account, state, async (trx) => {
        await upstream.describe(trx, account, person)
      }),
    )
  })
}
