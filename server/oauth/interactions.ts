import formbody from '@fastify/formbody'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type Provider from 'oidc-provider'
import { errors, type Interaction } from 'oidc-provider'
import type { Access } from '../audit/access.ts'
import { appendAccess } from '../audit/log.ts'
import type { Clock, Config } from '../config.ts'
import type { PatientDirectory } from '../fhir/patient-directory.ts'
import { consentPage } from '../pages/consent.ts'
import { render } from '../pages/html.ts'
import { type LoginPage, loginPage } from '../pages/login.ts'
import { problemPage } from '../pages/problem.ts'
import { contentSecurityPolicy } from '../pages/security-headers.ts'
import type { Store } from '../store/store.ts'
import { fhirUser, findAccountById } from './accounts.ts'
import type { Account } from './authorization.ts'
import { consentView, grantConsent } from './consent.ts'
import { formToken, isFormToken } from './form-token.ts'
import type { Keys } from './keys.ts'
import { findLaunch, LaunchRefused } from './launch.ts'
import { launchContextOf } from './launch-context.ts'
import { findPerson } from './own-session.ts'
import { answerPageError } from './page-error.ts'
import { checkPassword } from './password-check.ts'
import { pickerAddress, pickerRoutes, type Step } from './pick-context.ts'
import { applyWrites, collectWrites } from './unit-of-work.ts'

export interface InteractionDeps {
  engine: Provider
  config: Config
  store: Store
  clock: Clock
  keys: Keys
  directory: PatientDirectory
}

type Form = Record<string, string | string[] | undefined>
type Page = { request: FastifyRequest; reply: FastifyReply; interaction: Interaction }

/** `B/login/…` and `B/consent/…`: the two pages between an application's request and its code. */
export const interactionRoutes =
  (deps: InteractionDeps): FastifyPluginAsync =>
  async (app) => {
    const { engine, config, store, clock, keys } = deps
    app.removeAllContentTypeParsers()
    await app.register(formbody, { bodyLimit: 16_384 })

    app.addHook('preHandler', async (request, reply) => {
      if (request.method !== 'POST') return
      const { uid } = request.params as { uid: string }
      const sameOrigin = [undefined, new URL(config.publicUrl).origin].includes(request.headers.origin)
      if (sameOrigin && isFormToken(keys.forms, uid, (request.body as Form | undefined)?.form_token)) return
      await logRefusal(request, 'foreign_form')
      return reply
        .code(403)
        .type('text/html')
        .send(problem('This form was not sent from here', 'Close this window and sign in again.'))
    })

    app.setErrorHandler(async (error, request, reply) => {
      try {
        if (error instanceof LaunchRefused) return await refuseLaunch(await open(request, reply), error)
        if (!(error instanceof errors.SessionNotFound)) throw error
        if (request.method === 'POST') await logRefusal(request, 'session_not_found')
        const sentence =
          'It took too long, or it was opened in another window. Close this window and start again.'
        return reply.code(400).type('text/html').send(problem('This sign-in is over', sentence))
      } catch (fault) {
        return answerPageError(deps, kindOf(request), { error: fault, request, reply })
      }
    })

    /** For a form that belongs to no sign-in of this browser's, so that nothing is known but where it came from. */
    const logRefusal = (request: FastifyRequest, reason: string): Promise<void> => {
      const access: Access = {
        kind: kindOf(request),
        requestId: request.id,
        outcome: 'refused',
        reason,
        agent: { address: request.ip },
        patients: [],
      }
      return store.write((trx) => appendAccess(trx, access, { now: clock(), config }))
    }

    const problem = (title: string, sentence: string) =>
      render(problemPage({ organization: config.organization, title, sentence }))

    const open = async (request: FastifyRequest, reply: FastifyReply): Promise<Page> => {
      const interaction = await engine.interactionDetails(request.raw, reply.raw)
      const { uid } = request.params as { uid: string }
      // The cookie decides; an address pasted from elsewhere is not this browser's sign-in.
      if (interaction.uid !== uid) throw new errors.SessionNotFound('interaction and address differ')
      return { request, reply, interaction }
    }

    const applicationOf = async (interaction: Interaction) => {
      const client = await engine.Client.find(String(interaction.params.client_id))
      if (!client) throw new errors.SessionNotFound('the application is gone')
      return client
    }

    /** Makes the engine's writes and the entry in the log in one transaction, then goes where the engine says. */
    const finish = async (
      { request, reply, interaction }: Page,
      access: Pick<Access, 'kind' | 'outcome'> & Partial<Access>,
      account: Account | undefined,
      run: () => Promise<string>,
    ): Promise<void> => {
      const { value: location, work } = await collectWrites(run)
      await store.write(async (trx) => {
        await applyWrites(work, trx)
        await appendAccess(trx, await accessOf(request, interaction, access, account), {
          now: clock(),
          config,
        })
      })
      return reply.redirect(location, 303)
    }

    const accessOf = async (
      request: FastifyRequest,
      interaction: Interaction,
      access: Pick<Access, 'kind' | 'outcome'> & Partial<Access>,
      account: Account | undefined,
    ): Promise<Access> => {
      const client = await applicationOf(interaction)
      const user = account && fhirUser(account)
      return {
        requestId: request.id,
        agent: {
          address: request.ip,
          clientId: client.clientId,
          ...(client.clientName && { clientName: client.clientName }),
          ...(account && { accountId: account.id, accountName: account.name }),
          ...(user && { fhirUser: user }),
        },
        patients: account?.patient ? [account.patient] : [],
        ...access,
      }
    }

    const showLogin = async ({ reply, interaction }: Page, failed?: LoginPage['failed']) => {
      const client = await applicationOf(interaction)
      const page = loginPage({
        organization: config.organization,
        application: client.clientName ?? client.clientId,
        formToken: formToken(keys.forms, interaction.uid),
        ...(failed && { failed }),
      })
      allowRedirectTo(reply, interaction)
      // Always 200: the browser's sign-in window closes itself on a 4xx page.
      return reply.type('text/html').send(render(page))
    }

    app.get('/login/:uid', async (request, reply) => {
      const page = await open(request, reply)
      const launcher = await whoLaunched(page)
      return launcher ? signInAs(page, launcher, { details: { by: 'launch' } }) : showLogin(page)
    })

    /** Who launched this application from here a moment ago, in this browser, has signed in already. */
    const whoLaunched = async ({ request, interaction }: Page): Promise<Account | undefined> => {
      const { launch: value, prompt } = interaction.params
      if (typeof value !== 'string' || /\blogin\b/.test(String(prompt))) return undefined
      const person = await findPerson(deps, request)
      const launch = person && (await findLaunch(store, value))
      return launch?.accountId === person?.id ? person : undefined
    }

    const signInAs = (page: Page, account: Account, more: Partial<Access> = {}) =>
      finish(page, { kind: 'sign-in', outcome: 'success', ...more }, account, async () => {
        await forgetAnother(page, account)
        return engine.interactionResult(page.request.raw, page.reply.raw, {
          login: { accountId: account.id, remember: false },
        })
      })

    app.post('/login/:uid', async (request, reply) => {
      const page = await open(request, reply)
      const { username, password } = request.body as Form
      const name = typeof username === 'string' ? username.slice(0, 200) : ''
      const secret = typeof password === 'string' ? password.slice(0, 1000) : ''
      const attempt = { username: name, password: secret, address: request.ip }
      const checked = await checkPassword(store, attempt, clock())
      if (!('account' in checked)) {
        const refused = { kind: 'sign-in', outcome: 'refused', reason: checked.reason } as const
        const access = await accessOf(request, page.interaction, refused, undefined)
        await store.write(async (trx) => {
          await checked.record(trx)
          await appendAccess(trx, access, { now: clock(), config })
        })
        return showLogin(page, { username: name, retryAfter: checked.retryAfter })
      }
      return signInAs(page, checked.account)
    })

    /**
     * Whoever used this browser before is signed out of these pages first. Left to itself, the engine would do it by a
     * page that needs a script, and end what the other one had allowed.
     */
    const forgetAnother = async ({ request, reply, interaction }: Page, account: Account): Promise<void> => {
      const session = await engine.Session.get(engine.createContext(request.raw, reply.raw))
      if (!session.accountId || session.accountId === account.id) return
      await session.destroy()
      delete interaction.session
      await interaction.persist()
    }

    const signedIn = async (interaction: Interaction): Promise<Account> => {
      const account = await findAccountById(store, interaction.session?.accountId ?? '')
      if (!account) throw new errors.SessionNotFound('nobody is signed in')
      return account
    }

    const showConsent = async ({ reply, interaction }: Page, form?: Form) => {
      const account = await signedIn(interaction)
      const context = await launchContextOf(deps, interaction, account)
      if (context.missing) return reply.redirect(pickerAddress(interaction, context.missing), 303)
      const client = await applicationOf(interaction)
      const view = consentView({ interaction, account, client, context, now: clock(), ...(form && { form }) })
      allowRedirectTo(reply, interaction)
      const page = consentPage({
        ...view,
        organization: config.organization,
        formToken: formToken(keys.forms, interaction.uid),
      })
      return reply.type('text/html').send(render(page))
    }

    const refuse = (page: Page, account: Account) =>
      finish(page, { kind: 'consent', outcome: 'refused', reason: 'access_denied' }, account, () =>
        engine.interactionResult(page.request.raw, page.reply.raw, {
          error: 'access_denied',
          error_description: 'The person did not allow it.',
        }),
      )

    const refuseLaunch = (page: Page, { message, code }: LaunchRefused) =>
      finish(page, { kind: 'consent', outcome: 'refused', reason: code }, undefined, () =>
        engine.interactionResult(page.request.raw, page.reply.raw, {
          error: 'invalid_request',
          error_description: message,
        }),
      )

    pickerRoutes(app, {
      ...deps,
      open: async (request, reply): Promise<Step> => {
        const page = await open(request, reply)
        const { clientName, clientId } = await applicationOf(page.interaction)
        allowRedirectTo(reply, page.interaction)
        return { ...page, account: await signedIn(page.interaction), application: clientName ?? clientId }
      },
      accessOf: ({ request, interaction, account }, access) =>
        accessOf(request, interaction, access, account),
      deny: (step) => refuse(step, step.account),
    })

    app.get('/consent/:uid', async (request, reply) => showConsent(await open(request, reply)))

    app.post('/consent/:uid', async (request, reply) => {
      const page = await open(request, reply)
      const account = await signedIn(page.interaction)
      const form = request.body as Form
      if (form.decision === 'switch') {
        return finish(
          page,
          { kind: 'sign-in', outcome: 'refused', reason: 'not_this_person' },
          undefined,
          async () => {
            const session = await engine.Session.get(engine.createContext(request.raw, reply.raw))
            await session.destroy()
            await page.interaction.destroy()
            return `/oauth/authorize?${new URLSearchParams(page.interaction.params as Record<string, string>)}`
          },
        )
      }
      if (form.decision !== 'allow') return refuse(page, account)
      const context = await launchContextOf(deps, page.interaction, account)
      if (context.missing) return showConsent(page)
      const choice = grantConsent({
        engine,
        config,
        interaction: page.interaction,
        account,
        context,
        form,
        now: clock(),
      })
      if (choice === 'nothing-to-give') return refuse(page, account)
      if (choice === 'nothing-chosen') {
        const refused = { kind: 'consent', outcome: 'refused', reason: 'nothing_chosen' } as const
        const access = await accessOf(request, page.interaction, refused, account)
        await store.write((trx) => appendAccess(trx, access, { now: clock(), config }))
        return showConsent(page, form)
      }
      const details = { scope: choice.scope, window: choice.window }
      const about = context.patient === undefined ? {} : { patients: [context.patient] }
      return finish(page, { kind: 'consent', outcome: 'success', details, ...about }, account, async () => {
        const grantId = await choice.save()
        return engine.interactionResult(request.raw, reply.raw, { consent: { grantId } })
      })
    })
  }

const kindOf = ({ url }: FastifyRequest) => (url.startsWith('/consent/') ? 'consent' : 'sign-in')

/** The way back to the application goes through this form's answer, so `form-action` has to name it. */
const allowRedirectTo = (reply: FastifyReply, interaction: Interaction): void => {
  const target = URL.parse(String(interaction.params.redirect_uri))
  if (target) reply.header('content-security-policy', contentSecurityPolicy(target.origin))
}
