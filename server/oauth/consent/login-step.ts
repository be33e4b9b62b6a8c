import type { FastifyInstance } from 'fastify'
import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { type LoginPage, loginPage } from '../../pages/sign-in/login.ts'
import { namePage } from '../../pages/sign-in/name.ts'
import { partnerRoutes } from '../../sign-in/partner/partner-routes.ts'
import type { PartnerReason } from '../../sign-in/partner/partner-sign-in.ts'
import { deviceValue, rememberDevice } from '../../sign-in/password/device-cookie.ts'
import { checkPassword } from '../../sign-in/password/password-check.ts'
import { endSignInsOfBrowser } from '../../sign-in/visit/begun-cookie.ts'
import { formToken } from '../../sign-in/visit/own-cookie.ts'
import { findOwnSession, type OwnSession } from '../../sign-in/visit/own-session.ts'
import type { Db } from '../../store/schema.ts'
import { findLaunch } from '../launch/launch.ts'
import type { SignIn } from '../seam/signed-in.ts'
import { requireUnitOfWork } from '../seam/unit-of-work.ts'
import { type Form, type InteractionDeps, localeFor, type Step, type Steps } from './interaction-steps.ts'
import { uncountAuthorization } from './limit-authorizations.ts'

interface SignInDetails {
  readonly access?: Partial<LoggedAccess>
  readonly writes?: readonly ((trx: Db) => Promise<void>)[]
  /** The session that signs in; by default the person does, now. `since` is what the application gets as `auth_time`. */
  readonly session?: Pick<OwnSession, 'id' | 'since'>
}

/** Serves `B/login/…`: the sign-in for an authorization. */
export const loginStep = (app: FastifyInstance, deps: InteractionDeps, steps: Steps): void => {
  const { engine, config, store, clock, recorder, keys, partner } = deps

  const showLogin = async (step: Step, failure?: LoginPage['failure'], reason?: PartnerReason) => {
    const client = await steps.applicationOf(step.interaction)
    const page = loginPage({
      organization: config.organization,
      locale: localeFor(config, step),
      application: client.clientName ?? client.clientId,
      formToken: formToken(keys.forms, step.interaction.uid),
      ...(partner && {
        partner: {
          name: partner.signIn.name,
          action: `/login/${step.interaction.uid}/upstream`,
          passwordAction: `/login/${step.interaction.uid}`,
          ...(reason && { refused: reason }),
        },
      }),
      ...(failure && { failure }),
    })
    return steps.show(step, page)
  }

  app.get('/login/:uid', async (request, reply) => {
    const page = await steps.open(request, reply, 'login')
    const session = await findLaunchSession(page)
    if (!session) return showLogin(page)
    return signInAs(page, session.account, { access: { details: { by: 'launch' } }, session })
  })

  /**
   * Returns the session in which this application was just launched from the record system. `undefined` if there is none, or
   * the application requires the password (`prompt=login`) or a more recent one (`max_age`).
   */
  const findLaunchSession = async ({ request, interaction }: Step): Promise<OwnSession | undefined> => {
    const { launch: value, prompt, max_age } = interaction.params
    if (typeof value !== 'string' || /\blogin\b/.test(String(prompt))) return undefined
    const session = await findOwnSession(deps, request)
    if (!session || clock() - session.since > Number(max_age ?? Number.POSITIVE_INFINITY) * 1000)
      return undefined
    const launch = await findLaunch(store, value)
    return launch?.accountId === session.account.id ? session : undefined
  }

  /** Every way to sign in to an authorization ends here. */
  const signInAs = (
    page: Step,
    account: SignedInAccount,
    { access = {}, writes = [], session }: SignInDetails,
  ) =>
    steps.finish(page, { kind: 'sign-in', outcome: 'success', ...access }, account, async () => {
      const uncount = (trx: Db) => uncountAuthorization(trx, page.request.ip, clock())
      const { operations } = requireUnitOfWork()
      operations.push(...writes, uncount)
      const login: SignIn = {
        ...{ accountId: account.id, generation: account.generation },
        ...(session && { session: session.id }),
      }
      const result = {
        login: { ...login, remember: false, ts: Math.floor((session?.since ?? clock()) / 1000) },
      }
      const next = await engine.interactionResult(page.request.raw, page.reply.raw, result)
      // Last, when this authorization is stored as this account's.
      operations.push((trx) => endSignInsOfBrowser(trx, config, page.request, account.id))
      return next
    })

  app.post('/login/:uid', async (request, reply) => {
    const page = await steps.open(request, reply, 'login')
    const { username, password } = request.body as Form
    const name = typeof username === 'string' ? username.slice(0, 200) : ''
    const secret = typeof password === 'string' ? password.slice(0, 1000) : ''
    const device = deviceValue(config, request)
    const attempt = { username: name, password: secret, address: request.ip, device }
    const result = await checkPassword(store, attempt, clock())
    if (!('account' in result)) {
      const { reason, retryAfter, meant } = result
      const refusal = { kind: 'sign-in', outcome: 'refused', reason, ...meant } as const
      const access = await steps.accessOf(page, refusal, undefined)
      await recorder.record(access)
      return showLogin(page, { reason, retryAfter, username: name })
    }
    const { save } = rememberDevice(deps, request, reply, result.account)
    return signInAs(page, result.account, { writes: [save] })
  })

  if (!partner) return
  partnerRoutes<Step>(app, deps, partner, {
    address: '/login/:uid/upstream',
    nameAddress: '/login/:uid/name',
    open: (request, reply) => steps.open(request, reply, 'login'),
    holderOf: ({ interaction }) => interaction.uid,
    accessOf: (step, event) => steps.accessOf(step, event, undefined),
    showLogin: (step, reason) => showLogin(step, undefined, reason),
    showName: (step, parts) => {
      const page = namePage({
        ...parts,
        organization: config.organization,
        locale: localeFor(config, step),
        action: `/login/${step.interaction.uid}/name`,
        formToken: formToken(keys.forms, step.interaction.uid),
      })
      return steps.show(step, page)
    },
    signInAs: (step, account, _, work) => {
      const access = { details: { by: partner.signIn.name } }
      return signInAs(step, account, { access, writes: work ? [work] : [] })
    },
  })
}
