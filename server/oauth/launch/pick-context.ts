import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Interaction } from 'oidc-provider'
import type { Access } from '../../audit/access.ts'
import { appendAccess } from '../../audit/log.ts'
import type { Clock, Config } from '../../config.ts'
import type { PatientDirectory, PatientFields } from '../../fhir/patient-directory.ts'
import { render } from '../../pages/html.ts'
import { patientPicker, visitPicker } from '../../pages/patient-picker.ts'
import type { PatientSearch } from '../../pages/patient-search.ts'
import type { Store } from '../../store/store.ts'
import { formToken } from '../consent/form-token.ts'
import { type Step as InteractionStep, localeFor } from '../consent/interaction-steps.ts'
import type { Keys } from '../engine/keys.ts'
import { applyWrites, collectWrites } from '../engine/unit-of-work.ts'
import type { SignedInAccount } from '../token/authorization.ts'
import {
  canDoWithoutPatient,
  type LaunchContext,
  launchContextOf,
  type Picked,
  pickedIn,
} from './launch-context.ts'
import { patientFieldsOf } from './patient-fields.ts'

export interface Step extends InteractionStep {
  readonly account: SignedInAccount
  readonly application: string
}

interface Deps {
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
  readonly keys: Keys
  readonly directory: PatientDirectory
  /** The sign-in of this browser that an address belongs to, and who has signed in. */
  readonly open: (request: FastifyRequest, reply: FastifyReply) => Promise<Step>
  readonly accessOf: (
    step: Step,
    access: Pick<Access, 'kind' | 'outcome'> & Partial<Access>,
  ) => Promise<Access>
  /** Ends the authorization, and goes back to the application without anything. */
  readonly deny: (step: Step) => Promise<unknown>
}

export const pickerAddress = (
  interaction: Interaction,
  missing: NonNullable<LaunchContext['missing']>,
): string => `/consent/${interaction.uid}/${missing}`

/** `B/consent/…/patient` and `/encounter`: what a launch outside of the record system leaves open, picked before consent. */
export const pickerRoutes = (app: FastifyInstance, deps: Deps): void => {
  const { config, store, clock, keys, directory, open, accessOf, deny } = deps

  const frame = (step: Step) => ({
    organization: config.organization,
    locale: localeFor(step),
    person: step.account.name,
    application: step.application,
    formToken: formToken(keys.forms, step.interaction.uid),
  })
  const asked = ({ interaction }: Step) => String(interaction.params.scope ?? '')

  const showPatients = (step: Step, search: PatientSearch) =>
    step.reply
      .type('text/html')
      .send(render(patientPicker({ ...frame(step), search, optional: canDoWithoutPatient(asked(step)) })))

  /** Keeps what was picked, with its entry in the log, and goes on to whatever is next. */
  const keep = async (step: Step, picked: Picked): Promise<unknown> => {
    const { interaction, reply } = step
    const { work } = await collectWrites(async () => {
      interaction.result = { context: { ...pickedIn(interaction), ...picked } }
      await interaction.persist()
    }, step.work)
    await store.write((trx) => applyWrites(work, trx))
    return reply.redirect(`/consent/${interaction.uid}`, 303)
  }

  const log = async (
    step: Step,
    ...accesses: (Pick<Access, 'kind' | 'outcome'> & Partial<Access>)[]
  ): Promise<void> => {
    const entries = await Promise.all(accesses.map((access) => accessOf(step, access)))
    await store.write(async (trx) => {
      for (const entry of entries) await appendAccess(trx, entry, { now: clock(), config })
    })
  }

  const search = async (step: Step, fields: PatientFields): Promise<unknown> => {
    const found = await directory.search(step.account, fields)
    if (found === 'malformed') {
      await log(step, { kind: 'search', outcome: 'refused', reason: 'bad_request', patients: [] })
      return showPatients(step, { fields, found })
    }
    await log(
      step,
      ...found.accesses.map((access) => ({ kind: 'search', outcome: 'success', ...access }) as const),
    )
    return showPatients(step, { fields, found })
  }

  /** Opens a step that is still to be done; any other address leads back to where the sign-in stands. */
  const openMissing = async (
    request: FastifyRequest,
    reply: FastifyReply,
    missing: LaunchContext['missing'],
  ): Promise<{ step: Step; context: LaunchContext } | undefined> => {
    const step = await open(request, reply)
    const context = await launchContextOf({ store, directory }, step.interaction, step.account)
    if (context.missing === missing) return { step, context }
    reply.redirect(`/consent/${step.interaction.uid}`, 303)
    return undefined
  }

  app.get('/consent/:uid/patient', async (request, reply) => {
    const opened = await openMissing(request, reply, 'patient')
    return opened ? showPatients(opened.step, { fields: {} }) : reply
  })

  app.post('/consent/:uid/patient', async (request, reply) => {
    const opened = await openMissing(request, reply, 'patient')
    if (!opened) return reply
    const { step } = opened
    const form = request.body as Record<string, unknown>
    switch (form.decision) {
      case 'pick': {
        const patient = await directory.find(step.account, String(form.patient))
        return patient ? keep(step, { patient: patient.id }) : showPatients(step, { fields: {} })
      }
      case 'skip':
        return canDoWithoutPatient(asked(step))
          ? keep(step, { patient: null })
          : showPatients(step, { fields: {} })
      case 'search':
        return search(step, patientFieldsOf(form))
      default:
        return deny(step)
    }
  })

  const showVisits = async (step: Step, { patient, patientName }: LaunchContext) => {
    const id = patient ?? ''
    const visits = await directory.visits(step.account, id)
    await log(step, {
      kind: 'search',
      outcome: 'success',
      query: `Encounter?patient=${id}`,
      patients: [id],
    })
    const page = { ...frame(step), patient: { name: patientName ?? id }, visits }
    return step.reply.type('text/html').send(render(visitPicker(page)))
  }

  app.get('/consent/:uid/encounter', async (request, reply) => {
    const opened = await openMissing(request, reply, 'encounter')
    return opened ? showVisits(opened.step, opened.context) : reply
  })

  app.post('/consent/:uid/encounter', async (request, reply) => {
    const opened = await openMissing(request, reply, 'encounter')
    if (!opened) return reply
    const { step, context } = opened
    const form = request.body as Record<string, unknown>
    switch (form.decision) {
      case 'pick': {
        const visits = await directory.visits(step.account, context.patient ?? '')
        const visit = visits.find(({ id }) => id === form.encounter)
        return visit ? keep(step, { encounter: visit.id }) : showVisits(step, context)
      }
      case 'skip':
        return keep(step, { encounter: null })
      default:
        return deny(step)
    }
  })
}
