import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Interaction } from 'oidc-provider'
import type { AccessEvent, LoggedAccess } from '../../audit/entry/access-event.ts'
import type { RecordingDeps } from '../../audit/write/recorder.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import type { PatientDirectory, Patients, ViewAccess, Visits } from '../../grants/patients.ts'
import type { Keys } from '../../keys/keys.ts'
import { render } from '../../pages/frame/layout.ts'
import { patientPicker, visitPicker } from '../../pages/patient/patient-picker.ts'
import { type PatientSearch, patientFieldsOf } from '../../pages/patient/search-form.ts'
import { formToken } from '../../sign-in/visit/own-cookie.ts'
import type { Db } from '../../store/schema.ts'
import {
  describeContext,
  isPatientOptional,
  type LaunchContext,
  launchContextOf,
  type PickedContext,
  pickedContextOf,
} from '../launch/launch-context.ts'
import { applyWrites, collectWrites } from '../seam/unit-of-work.ts'
import { type Step as InteractionStep, localeFor } from './interaction-steps.ts'

export interface Step extends InteractionStep {
  readonly account: SignedInAccount
  readonly application: string
}

interface Deps extends RecordingDeps {
  readonly keys: Keys
  readonly directory: PatientDirectory
  /** Opens this browser's authorization for an address, with the account that signed in. */
  readonly open: (request: FastifyRequest, reply: FastifyReply) => Promise<Step>
  readonly accessOf: (step: Step, event: AccessEvent) => Promise<LoggedAccess>
  /** Makes the entry for what a page showed of a record. */
  readonly viewOf: (step: Step, view: ViewAccess) => Promise<LoggedAccess>
  /** Ends the authorization and returns to the application without a grant. */
  readonly deny: (step: Step) => Promise<unknown>
}

/** The log entry of a choice that showed nothing of a record. */
const PICK = { kind: 'authorize', outcome: 'success' } as const

export const pickerAddress = (
  interaction: Interaction,
  missing: NonNullable<LaunchContext['missing']>,
): string => `/consent/${interaction.uid}/${missing}`

/** Serves `B/consent/…/patient` and `/encounter`: the choices before consent for a launch outside of the record system. */
export const pickerRoutes = (app: FastifyInstance, deps: Deps): void => {
  const { config, store, recorder, keys, directory, clock, open, accessOf, viewOf, deny } = deps

  const frame = (step: Step) => ({
    organization: config.organization,
    locale: localeFor(config, step),
    person: step.account.name,
    application: step.application,
    formToken: formToken(keys.forms, step.interaction.uid),
  })
  const requestedScopeOf = ({ interaction }: Step) => String(interaction.params.scope ?? '')

  const showPatients = (step: Step, search: PatientSearch) =>
    step.reply
      .type('text/html')
      .send(
        render(
          patientPicker({ ...frame(step), search, optional: isPatientOptional(requestedScopeOf(step)) }),
        ),
      )

  /** Stores a choice and its log entries in one transaction. @throws AlreadyTaken when another request chose first. */
  const storeChoice = async (
    step: Step,
    choice: PickedContext,
    views: readonly ViewAccess[],
  ): Promise<void> => {
    const { interaction } = step
    const { work } = await collectWrites(async () => {
      interaction.result = { context: { ...pickedContextOf(interaction), ...choice } }
      await interaction.persist()
    }, step.work)
    await log(step, views, (trx) => applyWrites(work, trx))
  }

  /** @param work the logged change, made in the same transaction. */
  const log = async (
    step: Step,
    views: readonly ViewAccess[],
    work?: (trx: Db) => Promise<void>,
  ): Promise<void> => {
    const shown = await Promise.all(views.map((view) => viewOf(step, view)))
    return recorder.record(shown.length === 0 && work ? [await accessOf(step, PICK)] : shown, work)
  }

  /** Reads patients for a page, and logs which ones it read. */
  const view = <T>(step: Step, work: (patients: Patients) => Promise<T>): Promise<T> =>
    directory.view({ account: step.account, record: (views) => log(step, views) }, work)

  /** Stores a choice with its log entry; returns false when the chosen resource is out of reach or does not exist. */
  const pick = async (
    step: Step,
    find: (patients: Patients) => Promise<PickedContext | undefined>,
  ): Promise<boolean> => {
    const record = (views: readonly ViewAccess[], choice?: PickedContext) =>
      choice ? storeChoice(step, choice, views) : log(step, views)
    const { account } = step
    return (await directory.view<PickedContext | undefined>({ account, record }, find)) !== undefined
  }

  const redirectToNextStep = ({ interaction, reply }: Step) =>
    reply.redirect(`/consent/${interaction.uid}`, 303)

  const skip = async (step: Step, choice: PickedContext): Promise<unknown> => {
    await storeChoice(step, choice, [])
    return redirectToNextStep(step)
  }

  /** Returns the step and its context if this choice is still missing; otherwise redirects to the next step. */
  const openMissing = async (
    request: FastifyRequest,
    reply: FastifyReply,
    missing: LaunchContext['missing'],
  ): Promise<{ step: Step; context: LaunchContext } | undefined> => {
    const step = await open(request, reply)
    const context = await launchContextOf(store, step.interaction, step.account)
    if (context.missing === missing) return { step, context }
    redirectToNextStep(step)
    return undefined
  }

  app.get('/consent/:uid/patient', async (request, reply) => {
    const missing = await openMissing(request, reply, 'patient')
    return missing ? showPatients(missing.step, { typed: {} }) : reply
  })

  app.post('/consent/:uid/patient', async (request, reply) => {
    const missing = await openMissing(request, reply, 'patient')
    if (!missing) return reply
    const { step } = missing
    const form = request.body as Record<string, unknown>
    switch (form.decision) {
      case 'pick': {
        const choice = await pick(step, async (patients) => {
          const patient = await patients.find(String(form.patient))
          return patient && { patient: patient.id }
        })
        return choice ? redirectToNextStep(step) : showPatients(step, { typed: {} })
      }
      case 'skip':
        return isPatientOptional(requestedScopeOf(step))
          ? skip(step, { patient: null })
          : showPatients(step, { typed: {} })
      case 'search': {
        const search = patientFieldsOf(form, localeFor(config, step), clock())
        const { fields } = search
        const matches = fields ? await view(step, (patients) => patients.search(fields)) : 'malformed'
        return showPatients(step, { ...search, matches })
      }
      default:
        return deny(step)
    }
  })

  const showVisits = async (step: Step, context: LaunchContext) => {
    const record = (views: readonly ViewAccess[], page?: { visits: Visits }) =>
      page?.visits.total === 0 ? storeChoice(step, { encounter: null }, views) : log(step, views)
    const { visits, name } = await directory.view({ account: step.account, record }, async (patients) => ({
      name: (await describeContext(patients, step.account, context)).patientName ?? step.account.name,
      visits: await patients.visits(context.patient ?? ''),
    }))
    if (visits.total === 0) return redirectToNextStep(step)
    const page = { ...frame(step), patient: { name }, visits }
    return step.reply.type('text/html').send(render(visitPicker(page)))
  }

  app.get('/consent/:uid/encounter', async (request, reply) => {
    const missing = await openMissing(request, reply, 'encounter')
    return missing ? showVisits(missing.step, missing.context) : reply
  })

  app.post('/consent/:uid/encounter', async (request, reply) => {
    const missing = await openMissing(request, reply, 'encounter')
    if (!missing) return reply
    const { step, context } = missing
    const form = request.body as Record<string, unknown>
    switch (form.decision) {
      case 'pick': {
        const choice = await pick(step, async (patients) => {
          const visit = await patients.visit(context.patient ?? '', String(form.encounter))
          return visit && { encounter: visit.id }
        })
        return choice ? redirectToNextStep(step) : showVisits(step, context)
      }
      case 'skip':
        return skip(step, { encounter: null })
      default:
        return deny(step)
    }
  })
}
