import type { FastifyInstance } from 'fastify'
import type { Access } from '../../audit/access.ts'
import { appendAccess } from '../../audit/log.ts'
import { type LoginPage, loginPage } from '../../pages/login.ts'
import type { Db } from '../../store/schema.ts'
import { deviceValue, rememberDevice } from '../account/device-cookie.ts'
import { findPerson } from '../account/own-session.ts'
import { checkPassword } from '../account/password-check.ts'
import type { SignIn } from '../engine/sign-in.ts'
import { requireUnitOfWork } from '../engine/unit-of-work.ts'
import { findLaunch } from '../launch/launch.ts'
import type { SignedInAccount } from '../token/authorization.ts'
import { formToken } from './form-token.ts'
import { type Form, type InteractionDeps, localeFor, type Step, type Steps } from './interaction-steps.ts'
import { signedInFrom } from './limit-begun.ts'

/** `B/login/…`: who is it? */
export const loginStep = (app: FastifyInstance, deps: InteractionDeps, steps: Steps): void => {
  const { engine, config, store, clock, keys } = deps

  const showLogin = async (step: Step, failed?: LoginPage['failed']) => {
    const client = await steps.applicationOf(step.interaction)
    const page = loginPage({
      organization: config.organization,
      locale: localeFor(step),
      application: client.clientName ?? client.clientId,
      formToken: formToken(keys.forms, step.interaction.uid),
      ...(failed && { failed }),
    })
    return steps.show(step, page)
  }

  app.get('/login/:uid', async (request, reply) => {
    const page = await steps.open(request, reply, 'login')
    const launcher = await whoLaunched(page)
    if (!launcher) return showLogin(page)
    return signInAs(page, launcher, { access: { details: { by: 'launch' } } })
  })

  /** Who launched this application from here a moment ago, in this browser, has signed in already. */
  const whoLaunched = async ({ request, interaction }: Step): Promise<SignedInAccount | undefined> => {
    const { launch: value, prompt } = interaction.params
    if (typeof value !== 'string' || /\blogin\b/.test(String(prompt))) return undefined
    const person = await findPerson(deps, request)
    const launch = person && (await findLaunch(store, value))
    return launch?.accountId === person?.id ? person : undefined
  }

  const signInAs = (
    page: Step,
    account: SignedInAccount,
    { access = {}, writes = [] }: { access?: Partial<Access>; writes?: ((trx: Db) => Promise<void>)[] },
  ) =>
    steps.finish(page, { kind: 'sign-in', outcome: 'success', ...access }, account, () => {
      requireUnitOfWork().operations.push(...writes)
      const login: SignIn = { accountId: account.id, generation: account.generation }
      const result = { login: { ...login, remember: false, ts: Math.floor(clock() / 1000) } }
      return engine.interactionResult(page.request.raw, page.reply.raw, result)
    })

  app.post('/login/:uid', async (request, reply) => {
    const page = await steps.open(request, reply, 'login')
    const { username, password } = request.body as Form
    const name = typeof username === 'string' ? username.slice(0, 200) : ''
    const secret = typeof password === 'string' ? password.slice(0, 1000) : ''
    const device = deviceValue(config, request)
    const attempt = { username: name, password: secret, address: request.ip, device }
    const checked = await checkPassword(store, attempt, clock())
    if (!('account' in checked)) {
      const refused = { kind: 'sign-in', outcome: 'refused', reason: checked.reason } as const
      const access = await steps.accessOf(page, refused, undefined)
      await store.write((trx) => appendAccess(trx, access, { now: clock(), config }))
      return showLogin(page, { ...checked, username: name })
    }
    const { save } = rememberDevice(deps, request, reply, checked.account)
    const uncount = (trx: Db) => signedInFrom(trx, request.ip, clock())
    return signInAs(page, checked.account, { writes: [checked.settle, uncount, save] })
  })
}
