import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { requireUrl } from '../../values/parse-address.ts'
import type { AccessEvent } from '../audit/entry/access-event.ts'
import { fhirBase } from '../config.ts'
import type { ListedPatient, PatientDirectory, Patients, ViewAccess, Visit } from '../grants/patients.ts'
import {
  findLaunchable,
  type LaunchableClient,
  type LaunchableClients,
  listLaunchable,
} from '../oauth/clients/launchable-clients.ts'
import { type NewLaunch, newLaunch } from '../oauth/launch/launch.ts'
import { render } from '../pages/frame/layout.ts'
import { problemPage } from '../pages/frame/problem.ts'
import { contentSecurityPolicy } from '../pages/frame/security-headers.ts'
import { ehrPatientPage, ehrSearchPage, forCliniciansPage } from '../pages/patient/ehr-page.ts'
import { type PatientSearch, patientFieldsOf } from '../pages/patient/search-form.ts'
import type { Words } from '../pages/words/en.ts'
import { refuseForeignForms } from '../sign-in/visit/own-form.ts'
import { type OwnSessionDeps, ownAccess, ownLocale } from '../sign-in/visit/own-session.ts'
import type { Db } from '../store/schema.ts'
import { createAdmission, type SignedIn } from './visitor.ts'

/** Serves `B/ehr`, the part of a record system that launches applications (SMART App Launch 2.2, section 2.1.2). */
export const ehrRoutes =
  (deps: OwnSessionDeps & { directory: PatientDirectory }): FastifyPluginAsync =>
  async (app) => {
    const { config, store, clock, recorder, directory } = deps
    refuseForeignForms(app, deps, 'search')

    const page = (reply: FastifyReply, content: Parameters<typeof render>[0]) =>
      reply.type('text/html').send(render(content))

    const problem = (
      { request, reply, session }: SignedIn,
      status: number,
      name: keyof Words['patients']['problems'],
    ) => {
      const locale = ownLocale(config, request, session)
      const words = locale.words.patients.problems[name]
      const { organization } = config
      return page(reply.code(status), problemPage({ organization, locale, ...words }))
    }

    /** @param work the logged change, made in the same transaction. */
    const log = (
      { request, session }: SignedIn,
      events: readonly AccessEvent[],
      work?: (trx: Db) => Promise<void>,
    ): Promise<void> =>
      recorder.record(
        events.map((event) => ownAccess(request, event, session.account)),
        work,
      )

    const viewer = (visitor: SignedIn) => ({
      account: visitor.session.account,
      record: (views: readonly ViewAccess[]) => log(visitor, views),
    })

    const frame = ({ request, session }: SignedIn) => ({
      organization: config.organization,
      locale: ownLocale(config, request, session),
      person: session.account.name,
    })

    const { admitInTurn } = createAdmission(deps, '/ehr')
    const forClinicians = (answer: (visitor: SignedIn) => Promise<unknown>) =>
      admitInTurn(async (visitor) => {
        const { account, formToken } = visitor.session
        if (account.role === 'clinician') return answer(visitor)
        await log(visitor, [{ kind: 'read', outcome: 'refused', reason: 'role' }])
        return page(visitor.reply.code(403), forCliniciansPage({ ...frame(visitor), formToken }))
      })

    const showSearch = (visitor: SignedIn, search: PatientSearch) => {
      const { formToken } = visitor.session
      return page(visitor.reply, ehrSearchPage({ ...frame(visitor), formToken, search }))
    }

    app.get(
      '/ehr',
      forClinicians(async (visitor) => showSearch(visitor, { typed: {} })),
    )

    app.post(
      '/ehr',
      forClinicians(async (visitor) => {
        const { locale } = frame(visitor)
        const search = patientFieldsOf(visitor.request.body as Record<string, unknown>, locale, clock())
        const { fields } = search
        const matches = fields
          ? await directory.view(viewer(visitor), (patients) => patients.search(fields))
          : 'malformed'
        return showSearch(visitor, { ...search, matches })
      }),
    )

    /** Finds the patient that an address or form names, and the visit, which must be that patient's. */
    const findOpenPatient = async (
      patients: Patients,
      { patient: id, encounter }: Record<string, unknown>,
    ): Promise<OpenPatient | undefined> => {
      const patient = await patients.find(String(id))
      if (!patient || encounter === undefined) return patient && { patient }
      const visit = await patients.visit(patient.id, String(encounter))
      return visit && { patient, visit }
    }

    const showPatient = async (
      visitor: SignedIn,
      fields: Record<string, unknown>,
      listed: LaunchableClients & { looked?: string },
    ) => {
      const result = await directory.view(viewer(visitor), async (patients) => {
        const openPatient = await findOpenPatient(patients, fields)
        return openPatient && { ...openPatient, visits: await patients.visits(openPatient.patient.id) }
      })
      if (!result) return problem(visitor, 404, 'noPatient')
      const { formToken } = visitor.session
      const origins = listed.applications.map(({ origin }) => origin)
      // `form-action` must allow the applications, because the launch form redirects to them.
      visitor.reply.header('content-security-policy', contentSecurityPolicy(...new Set(origins)))
      return page(visitor.reply, ehrPatientPage({ ...frame(visitor), ...result, ...listed, formToken }))
    }

    app.get(
      '/ehr/patient/:id',
      forClinicians(async (visitor) => {
        const { id: patient } = visitor.request.params as { id: string }
        const { encounter, application } = visitor.request.query as Record<string, unknown>
        const looked = typeof application === 'string' ? application : ''
        return showPatient(
          visitor,
          { patient, encounter },
          { ...(await listLaunchable(store, looked)), looked },
        )
      }),
    )

    const findApplication = async (visitor: SignedIn, { client_id }: Record<string, unknown>) => {
      const application = await findLaunchable(store, String(client_id))
      if (!application)
        await log(visitor, [{ ...LAUNCH, outcome: 'refused', reason: 'unknown_client', patients: [] }])
      return application
    }

    // A link never launches an application, because any site may contain it: it only shows the patient and a button.
    app.get(
      '/ehr/launch',
      forClinicians(async (visitor) => {
        const fields = visitor.request.query as Record<string, unknown>
        const application = await findApplication(visitor, fields)
        if (!application) return problem(visitor, 404, 'noApplication')
        return showPatient(visitor, fields, { applications: [application], more: 0 })
      }),
    )

    app.post(
      '/ehr/launch',
      forClinicians(async (visitor) => {
        const { request, reply, session } = visitor
        const fields = request.body as Record<string, unknown>
        const application = await findApplication(visitor, fields)
        if (!application) return problem(visitor, 404, 'noApplication')
        const { clientId, name: clientName, launchUri } = application
        const agent = { address: request.ip, clientId, clientName }
        // Only the launched patient is told of the launch; a patient whom the page's reads concern as well has the entry of a read.
        const isOther = (each: string) => each !== String(fields.patient)
        const launchEntryOf = ({ outcome, reason, patients }: ViewAccess): AccessEvent => ({
          ...LAUNCH,
          ...{ outcome, patients, agent },
          ...(reason !== undefined && { reason }),
        })
        const record = (views: readonly ViewAccess[], launch?: NewLaunch) =>
          log(
            visitor,
            views.map((view) => (view.patients.some(isOther) ? view : launchEntryOf(view))),
            launch?.save,
          )
        const { account } = session
        const launch = await directory.view<NewLaunch | undefined>({ account, record }, async (patients) => {
          const openPatient = await findOpenPatient(patients, fields)
          return openPatient && newLaunch(launchOf(application, openPatient), account, clock())
        })
        if (!launch) return problem(visitor, 404, 'noPatient')
        const address = requireUrl(launchUri)
        address.searchParams.set('iss', fhirBase(config))
        address.searchParams.set('launch', launch.value)
        return reply.redirect(address.href, 303)
      }),
    )
  }

/** The patient whose page is open, and optionally one of their visits. */
interface OpenPatient {
  readonly patient: ListedPatient
  readonly visit?: Visit
}

const launchOf = (
  { clientId, generation, launchUri }: LaunchableClient,
  { patient, visit }: OpenPatient,
) => ({
  ...{ clientId, generation, launchUri },
  patient: patient.id,
  ...(visit && { encounter: visit.id }),
})

const LAUNCH = { kind: 'authorize', details: { launch: 'ehr' } } as const
