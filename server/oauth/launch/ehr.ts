import formbody from '@fastify/formbody'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Access } from '../../audit/access.ts'
import { appendAccess } from '../../audit/log.ts'
import { fhirBase } from '../../config.ts'
import type { FoundPatients, ListedPatient, PatientDirectory, Visit } from '../../fhir/patient-directory.ts'
import { ehrPatientPage, ehrSearchPage } from '../../pages/ehr.ts'
import { render } from '../../pages/html.ts'
import type { PatientSearch } from '../../pages/patient-search.ts'
import { problemPage } from '../../pages/problem.ts'
import type { Words } from '../../pages/words/en.ts'
import { refuseForeignForms } from '../account/own-form.ts'
import { ownLocale } from '../account/own-locale.ts'
import { findOwnSession, type OwnSession, type OwnSessionDeps } from '../account/own-session.ts'
import { ownAccess } from '../account/own-sign-in.ts'
import { findLaunchable, launchableClients } from '../clients/launchable-clients.ts'
import { newLaunch } from './launch.ts'
import { patientFieldsOf } from './patient-fields.ts'

/** A clinician who has signed in at the organization, and what they ask for. */
interface Visitor {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly session: OwnSession
}

type LoggedAccess = Pick<Access, 'kind' | 'outcome'> & Partial<Access>

const searched = (access: FoundPatients['accesses'][number]): LoggedAccess => ({
  kind: 'search',
  outcome: 'success',
  ...access,
})

/** `B/ehr`: the record system, as far as launching applications needs one (SMART App Launch 2.2, section 2.1.2). */
export const ehrRoutes =
  (deps: OwnSessionDeps & { directory: PatientDirectory }): FastifyPluginAsync =>
  async (app) => {
    const { config, store, clock, directory } = deps
    await app.register(formbody, { bodyLimit: 16_384 })
    refuseForeignForms(app, deps, 'search')

    const page = (reply: FastifyReply, content: Parameters<typeof render>[0]) =>
      reply.type('text/html').send(render(content))

    const problem = (
      { request, reply, session }: Visitor,
      status: number,
      name: keyof Words['patients']['problems'],
    ) => {
      const locale = ownLocale(request, session)
      const words = locale.words.patients.problems[name]
      const { organization } = config
      return page(
        reply.code(status),
        problemPage({ organization, locale, ...words, toAccount: name === 'clinicians' }),
      )
    }

    const log = ({ request, session }: Visitor, ...accesses: LoggedAccess[]): Promise<void> => {
      const entries = accesses.map((access) => ownAccess(request, access, session.account))
      return store.write(async (trx) => {
        for (const entry of entries) await appendAccess(trx, entry, { now: clock(), config })
      })
    }

    const frame = ({ request, session }: Visitor) => ({
      organization: config.organization,
      locale: ownLocale(request, session),
      person: session.account.name,
    })

    /** Asks whoever has not signed in to do so, and lets clinicians alone go on. */
    const forClinicians =
      (answer: (visitor: Visitor) => Promise<unknown>) =>
      async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
        const session = await findOwnSession(deps, request)
        if (!session) {
          const next = request.method === 'GET' ? request.url : '/ehr'
          return reply.redirect(`/login?${new URLSearchParams({ next })}`, 303)
        }
        const visitor = { request, reply, session }
        if (session.account.role === 'clinician') return answer(visitor)
        await log(visitor, { kind: 'read', outcome: 'refused', reason: 'role' })
        return problem(visitor, 403, 'clinicians')
      }

    const showSearch = (visitor: Visitor, search: PatientSearch) => {
      const { formToken } = visitor.session
      return page(visitor.reply, ehrSearchPage({ ...frame(visitor), formToken, search }))
    }

    app.get(
      '/ehr',
      forClinicians(async (visitor) => showSearch(visitor, { fields: {} })),
    )

    app.post(
      '/ehr',
      forClinicians(async (visitor) => {
        const fields = patientFieldsOf(visitor.request.body as Record<string, unknown>)
        const found = await directory.search(visitor.session.account, fields)
        if (found === 'malformed')
          await log(visitor, { kind: 'search', outcome: 'refused', reason: 'bad_request' })
        else await log(visitor, ...found.accesses.map(searched))
        return showSearch(visitor, { fields, found })
      }),
    )

    /** The patient of an address, and the visit that it names, if it is one of theirs. */
    const open = async (
      { session: { account } }: Visitor,
      id: unknown,
      encounter: unknown,
    ): Promise<
      { patient: ListedPatient; visits: readonly Visit[]; visit?: Visit | undefined } | undefined
    > => {
      const patient = await directory.find(account, String(id))
      if (!patient) return undefined
      const visits = await directory.visits(account, patient.id)
      const visit = visits.find((each) => each.id === encounter)
      return encounter === undefined || visit ? { patient, visits, visit } : undefined
    }

    app.get(
      '/ehr/patient/:id',
      forClinicians(async (visitor) => {
        const { id } = visitor.request.params as { id: string }
        const { encounter } = visitor.request.query as Record<string, unknown>
        const opened = await open(visitor, id, encounter)
        if (!opened) {
          await log(visitor, { kind: 'read', outcome: 'refused', reason: 'not_found' })
          return problem(visitor, 404, 'noPatient')
        }
        const patient = opened.patient.id
        await log(visitor, {
          kind: 'read',
          outcome: 'success',
          entity: `Patient/${patient}`,
          patients: [patient],
        })
        const applications = await launchableClients(store)
        return page(visitor.reply, ehrPatientPage({ ...frame(visitor), ...opened, applications }))
      }),
    )

    app.get(
      '/ehr/launch',
      forClinicians(async (visitor) => {
        const { request, reply, session } = visitor
        const refuse = (reason: string) =>
          log(visitor, { kind: 'authorize', outcome: 'refused', reason, details: { launch: 'ehr' } })
        // A link on another site must not open a patient in an application for whoever follows it.
        if (request.headers['sec-fetch-site'] === 'cross-site') {
          await refuse('foreign_link')
          return problem(visitor, 403, 'foreign')
        }
        const { client_id, patient: id, encounter } = request.query as Record<string, unknown>
        const application = await findLaunchable(store, String(client_id))
        if (!application) {
          await refuse('unknown_client')
          return problem(visitor, 404, 'noApplication')
        }
        const opened = await open(visitor, id, encounter)
        if (!opened) {
          await refuse('not_found')
          return problem(visitor, 404, 'noPatient')
        }
        const { clientId, name, launchUri } = application
        const patient = opened.patient.id
        const launch = newLaunch(
          {
            clientId,
            patient,
            ...(opened.visit && { encounter: opened.visit.id }),
          },
          session.account,
          clock(),
        )
        const access: LoggedAccess = {
          kind: 'authorize',
          outcome: 'success',
          patients: [patient],
          details: { launch: 'ehr' },
          agent: { address: request.ip, clientId, clientName: name },
        }
        await store.write(async (trx) => {
          await launch.save(trx)
          await appendAccess(trx, ownAccess(request, access, session.account), { now: clock(), config })
        })
        const address = new URL(launchUri)
        address.searchParams.set('iss', fhirBase(config))
        address.searchParams.set('launch', launch.value)
        return reply.redirect(address.href, 303)
      }),
    )
  }
