import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findSignedInAccount } from '../grants/accounts.ts'
import type { SignedInAccount } from '../grants/authorization.ts'
import { render } from '../pages/frame/layout.ts'
import { namePage } from '../pages/sign-in/name.ts'
import { accessOfConnection, redeemOnce } from '../sign-in/upstream/redeem-once.ts'
import { readPerson, type UpstreamReason, UpstreamRefused } from '../sign-in/upstream/upstream-sign-in.ts'
import type { Upstream, UpstreamState } from '../sign-in/upstream/upstream-state.ts'
import {
  findBrowser,
  type OwnSessionDeps,
  ownAccess,
  ownLocale,
  visitorFormToken,
} from '../sign-in/visit/own-session.ts'
import type { Db } from '../store/schema.ts'

type Answer = Promise<unknown>

interface OwnUpstream {
  readonly nextOf: (request: FastifyRequest) => string
  readonly showLogin: (request: FastifyRequest, reply: FastifyReply, reason: UpstreamReason) => unknown
  readonly signInAs: (
    request: FastifyRequest,
    reply: FastifyReply,
    signIn: { account: SignedInAccount; next: string; work?: (trx: Db) => Promise<unknown> },
  ) => Answer
}

/** Serves the sign-in with another company at the organization's own pages (`B/login`). */
export const ownUpstream = (
  app: FastifyInstance,
  deps: OwnSessionDeps,
  both: Upstream,
  { nextOf, showLogin, signInAs }: OwnUpstream,
): void => {
  const { config, store, clock, recorder } = deps
  const { signIn: upstream, states } = both

  const refuse = async (request: FastifyRequest, reply: FastifyReply, reason: UpstreamReason) => {
    await recorder.record(
      ownAccess(request, { kind: 'sign-in', outcome: 'refused', reason: `upstream_${reason}` }),
    )
    return showLogin(request, reply, reason)
  }

  /** Opens a state that this browser was given earlier. */
  const openOwn = (
    purpose: 'sign-in' | 'describe',
    request: FastifyRequest,
    sealedState: unknown,
  ): (UpstreamState & { next: string }) | undefined => {
    const state = states.open(purpose, sealedState)
    const browser = findBrowser(deps, request)
    if (!state || state.isLate || browser === undefined || state.holder !== browser) return undefined
    return state.next === undefined ? undefined : { ...state, next: state.next }
  }

  const showName = (
    request: FastifyRequest,
    reply: FastifyReply,
    { id, generation }: SignedInAccount,
    { next, ends }: Pick<UpstreamState, 'next' | 'ends'>,
    form?: Record<string, string>,
  ) => {
    const formToken = visitorFormToken(deps, request, reply)
    const page = namePage({
      organization: config.organization,
      locale: ownLocale(config, request),
      upstream: upstream.name,
      action: '/login/upstream/name',
      formToken,
      state: states.seal('describe', {
        holder: findBrowser(deps, request) ?? '',
        ...{ accountId: id, generation },
        ...(next !== undefined && { next }),
        // A form that is sent again does not live longer.
        ...(ends !== undefined && { ends }),
      }),
      ...(form && { form }),
    })
    return reply.type('text/html').send(render(page))
  }

  app.post('/login/upstream', async (request, reply): Answer => {
    const holder = findBrowser(deps, request) ?? ''
    return reply.redirect(upstream.addressFor(states.seal('sign-in', { holder, next: nextOf(request) })), 303)
  })

  app.get('/login/upstream', async (request, reply): Answer => {
    const { code, state: sealedState } = request.query as Record<string, unknown>
    const state = openOwn('sign-in', request, sealedState)
    if (!state) return refuse(request, reply, 'late')
    if (typeof code !== 'string' || code === '' || code.length > 500) return refuse(request, reply, 'denied')
    try {
      const base = ownAccess(request, { kind: 'account', outcome: 'success' })
      const access = accessOfConnection(base, upstream.name)
      const answer = { code, state: sealedState, address: request.ip, access }
      const { account, isNamed } = await redeemOnce(deps, both, answer)
      const { next } = state
      return isNamed
        ? signInAs(request, reply, { account, next })
        : showName(request, reply, account, { next })
    } catch (error) {
      if (error instanceof UpstreamRefused) return refuse(request, reply, error.reason)
      throw error
    }
  })

  app.post('/login/upstream/name', async (request, reply): Answer => {
    const form = request.body as Record<string, string>
    const state = openOwn('describe', request, form.state)
    if (!state) return refuse(request, reply, 'late')
    const { accountId = '', generation = 0, next } = state
    const account = await findSignedInAccount(store, { accountId, generation })
    if (!account) return refuse(request, reply, 'disabled')
    const person = readPerson(form, clock())
    if (!person) return showName(request, reply, account, state, form)
    const work = (trx: Db) => upstream.describe(trx, account, person)
    try {
      return await signInAs(request, reply, { account, next, work })
    } catch (error) {
      if (error instanceof UpstreamRefused) return refuse(request, reply, error.reason)
      throw error
    }
  })
}
