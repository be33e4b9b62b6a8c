import type { FastifyInstance } from 'fastify'
import type { AccessEvent } from '../../audit/entry/access-event.ts'
import type { Account } from '../../grants/authorization.ts'
import type { ViewAccess } from '../../grants/patients.ts'
import { findUnticked } from '../../grants/unticked.ts'
import { longestWindow } from '../../grants/windows.ts'
import { problemPage } from '../../pages/frame/problem.ts'
import { consentPage } from '../../pages/sign-in/consent-page.ts'
import { formToken } from '../../sign-in/visit/own-cookie.ts'
import { endOwnSession, findOwnSession } from '../../sign-in/visit/own-session.ts'
import { LaunchRefused, takeLaunch } from '../launch/launch.ts'
import { describeContext, launchContextOf } from '../launch/launch-context.ts'
import { requireUnitOfWork } from '../seam/unit-of-work.ts'
import { TooManyGrants } from '../terms/grants.ts'
import { browserOf } from './browser-of.ts'
import { consentView, grantConsent, openShownAt, sealShownAt, shownTo, type Undecided } from './consent.ts'
import {
  allowRedirectTo,
  type Form,
  type InteractionDeps,
  localeFor,
  type Step,
  type Steps,
} from './interaction-steps.ts'
import { type Step as PickerStep, pickerAddress, pickerRoutes } from './pick-context.ts'
import { recordCounts, type Unfetched } from './record-counts.ts'

/** Serves `B/consent/…`, and before it the choice of a patient: what the application may read, and until when. */
export const consentStep = (app: FastifyInstance, deps: InteractionDeps, steps: Steps): void => {
  const { engine, config, store, clock, recorder, keys, directory, partner } = deps

  const findUnfetched = async (patient: string | undefined): Promise<Unfetched | undefined> =>
    partner && patient !== undefined
      ? { from: partner.signIn.name, types: await partner.signIn.unfetchedTypes(patient) }
      : undefined

  /** @param undecided a decision that left the page open; its entry says what was shown as well. */
  const showConsent = async (step: Step, undecided?: Undecided) => {
    const refusal = undecided && ({ kind: 'consent', outcome: 'refused', reason: undecided.reason } as const)
    const { reply, interaction } = step
    const account = await steps.requireAccount(interaction)
    const launchContext = await launchContextOf(store, interaction, account)
    if (launchContext.missing) return reply.redirect(pickerAddress(interaction, launchContext.missing), 303)
    const client = await steps.applicationOf(interaction)
    // A patient whom the page's reads concern as well is not told of the decision.
    const isOther = ({ patients }: ViewAccess) =>
      patients.some((patient) => patient !== launchContext.patient)
    const record = async (accesses: readonly ViewAccess[]) => {
      const others = refusal ? accesses.filter(isOther) : accesses
      const [own] = accesses.filter((each) => !isOther(each))
      await recorder.record(
        await Promise.all([
          ...(refusal ? [steps.accessOf(step, { ...own, ...refusal }, account)] : []),
          ...others.map((each) => steps.viewOf(step, each, account)),
        ]),
      )
    }
    const unfetched = await findUnfetched(launchContext.patient)
    const scope = String(interaction.params.scope ?? '')
    const { context, counts } = await directory.view({ account, record }, async (patients) => ({
      context: await describeContext(patients, account, launchContext),
      counts: await recordCounts(patients, scope, account, launchContext, unfetched),
    }))
    const unticked = await findUnticked(store.db, account, client.clientId)
    const locale = localeFor(config, step)
    const now = clock()
    const view = consentView({
      ...{ interaction, account, client, context, counts, unticked, locale, now },
      longest: longestWindow(config, account),
      ...(undecided && { undecided }),
    })
    const page = consentPage({
      ...view,
      organization: config.organization,
      account: `${config.publicUrl}/account`,
      formToken: formToken(keys.forms, interaction.uid),
      shownAt: sealShownAt(keys.forms, shownTo(config, account, interaction, client), now),
    })
    return steps.show(step, page)
  }

  /** Says that another grant has to end first. The authorization goes on, so that the person can allow it then. */
  const refuseFurther = async (step: Step, account: Account) => {
    const refusal = { kind: 'consent', outcome: 'refused', reason: 'too_many_grants' } as const
    await recorder.record(await steps.accessOf(step, refusal, account))
    const locale = localeFor(config, step)
    const words = locale.words.problem.tooManyGrants
    const { organization } = config
    return steps.show(step, problemPage({ organization, locale, ...words, toAccount: true }))
  }

  const switchPerson = async (step: Step, account: Account) => {
    const { interaction } = step
    const event = { kind: 'sign-in', outcome: 'refused', reason: 'not_this_person' } as const
    const { launch } = interaction.params
    if (typeof launch === 'string') return endLaunch(step, event, account, launch)
    return steps.finish(step, event, account, async () => {
      await interaction.destroy()
      return `/oauth/authorize?${new URLSearchParams(interaction.params as Record<string, string>)}`
    })
  }

  /** Ends a launch, which belongs to the person who opened the patient, and their session in this browser, because it would sign them in again. */
  const endLaunch = async (step: Step, event: AccessEvent, account: Account, launch: string) => {
    const { interaction, request } = step
    const session = await findOwnSession(deps, request)
    await steps.commit(step, event, account, async () => {
      await interaction.destroy()
      const { operations } = requireUnitOfWork()
      operations.push((trx) =>
        takeLaunch(trx, launch, clock()).catch((error) => {
          // Another tab has already used it up, which is fine.
          if (!(error instanceof LaunchRefused)) throw error
        }),
      )
      if (session?.account.id === account.id)
        operations.push((trx) => endOwnSession(trx, config, request, session))
    })
    const locale = localeFor(config, step)
    const words = locale.words.problem.launchEnded
    return steps.show(step, problemPage({ organization: config.organization, locale, ...words, toEhr: true }))
  }

  const refuse = (step: Step, account: Account) =>
    steps.finish(step, { kind: 'consent', outcome: 'refused', reason: 'access_denied' }, account, () =>
      engine.interactionResult(step.request.raw, step.reply.raw, {
        error: 'access_denied',
        error_description: 'The person did not allow it.',
      }),
    )

  pickerRoutes(app, {
    ...deps,
    open: async (request, reply): Promise<PickerStep> => {
      const step = await steps.open(request, reply, 'consent')
      const { clientName, clientId } = await steps.applicationOf(step.interaction)
      allowRedirectTo(reply, step.interaction)
      return {
        ...step,
        account: await steps.requireAccount(step.interaction),
        application: clientName ?? clientId,
      }
    },
    accessOf: (step, access) => steps.accessOf(step, access, step.account),
    viewOf: (step, view) => steps.viewOf(step, view, step.account),
    deny: (step) => refuse(step, step.account),
  })

  app.get('/consent/:uid', async (request, reply) => showConsent(await steps.open(request, reply, 'consent')))

  app.post('/consent/:uid', async (request, reply) => {
    const step = await steps.open(request, reply, 'consent')
    const account = await steps.requireAccount(step.interaction)
    const form = request.body as Form
    if (form.decision === 'switch') return switchPerson(step, account)
    if (form.decision !== 'allow') return refuse(step, account)
    const client = await steps.applicationOf(step.interaction)
    const context = await launchContextOf(store, step.interaction, account)
    if (context.missing) return showConsent(step)
    const choice = grantConsent({
      engine,
      config,
      interaction: step.interaction,
      account,
      context,
      form,
      allowedIn: browserOf(request.headers['user-agent']),
      shownAt: openShownAt(keys.forms, shownTo(config, account, step.interaction, client), form.shown_at),
      now: clock(),
    })
    if (choice === 'nothing-to-give') return refuse(step, account)
    if (typeof choice === 'string') return showConsent(step, { form, reason: choice })
    const details = { scope: choice.scope, window: choice.window }
    const about = context.patient === undefined ? {} : { patients: [context.patient] }
    const finished = steps.finish(
      step,
      { kind: 'consent', outcome: 'success', details, ...about },
      account,
      async () => {
        const grantId = await choice.save()
        return engine.interactionResult(request.raw, reply.raw, { consent: { grantId } })
      },
    )
    return finished.catch((error: unknown) => {
      if (!(error instanceof TooManyGrants)) throw error
      return refuseFurther(step, account)
    })
  })
}
