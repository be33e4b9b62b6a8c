import formbody from '@fastify/formbody'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { Access } from '../audit/access.ts'
import { appendAccess } from '../audit/log.ts'
import { fhirBase } from '../config.ts'
import type { ListedPatient, PatientDirectory, Visit } from '../fhir/patient-directory.ts'
import { ehrPatientPage, ehrSearchPage } from '../pages/ehr.ts'
import { render } from '../pages/html.ts'
import type { PatientSearch } from '../pages/patient-search.ts'
import { problemPage } from '../pages/problem.ts'
import { newLaunch } from './launch.ts'
import { findLaunchable, launchableClients } from './launchable-clients.ts'
import { refuseForeignForms } from './own-form.ts'
import { findOwnSession, type OwnSession, type OwnSessionDeps } from './own-session.ts'
import { ownAccess } from './own-sign-in.ts'
import { patientFieldsOf } from './patient-fields.ts'

/** `B/ehr`: the record system, as far as launching applications needs one (SMART App Launch 2.2, section 2.1.2). */
export const ehrRoutes =
  (deps: OwnSessionDeps & { directory: PatientDirectory }): FastifyPluginAsync =>
  async (app) => {
    const { config, store, clock, directory } = deps
    await app.register(formbody, { bodyLimit: 16_384 })
    refuseForeignForms(app, deps, 'search')

    const page = (reply: FastifyReply, content: Parameters<typeof render>[0]) =>
      reply.type('text/html').send(render(content))

    const problem = (reply: FastifyReply, status: number, title: string, sentence: string) =>
      page(reply.code(status), problemPage({ organization: config.organization, title, sentence }))

    const noPatient = (reply: FastifyReply) =>
      problem(reply, 404, 'There is no such patient', 'Search for the patient again.')

    const log = (
      request: FastifyRequest,
      { account }: OwnSession,
      access: Pick<Access, 'kind' | 'outcome'> & Partial<Access>,
    ) =>
      store.write((trx) => appendAccess(trx, ownAccess(request, access, account), { now: clock(), config }))

    /** Answers whoever may not be here; otherwise it is a clinician who has signed in. */
    const clinician = async (
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<OwnSession | undefined> => {
      const session = await findOwnSession(deps, request)
      if (!session) {
        reply.redirect(
          `/login?${new URLSearchParams({ next: request.method === 'GET' ? request.url : '/ehr' })}`,
          303,
        )
        return undefined
      }
      if (session.account.role === 'clinician') return session
      await log(request, session, { kind: 'read', outcome: 'refused', reason: 'role' })
      problem(
        reply,
        403,
        'This page is for clinicians',
        'Your own record and who reads it are at your account.',
      )
      return undefined
    }

    const frame = ({ account }: OwnSession) => ({ organization: config.organization, person: account.name })

    const showSearch = (reply: FastifyReply, session: OwnSession, search: PatientSearch) =>
      page(reply, ehrSearchPage({ ...frame(session), formToken: session.formToken, search }))

    app.get('/ehr', async (request, reply) => {
      const session = await clinician(request, reply)
      return session ? showSearch(reply, session, { fields: {} }) : reply
    })

    app.post('/ehr', async (request, reply) => {
      const session = await clinician(request, reply)
      if (!session) return reply
      const fields = patientFieldsOf(request.body as Record<string, unknown>)
      const found = await directory.search(session.account, fields)
      await log(
        request,
        session,
        found === 'malformed'
          ? { kind: 'search', outcome: 'refused', reason: 'bad_request' }
          : {
              kind: 'search',
              outcome: 'success',
              query: found.query,
              patients: found.patients.map(({ id }) => id),
            },
      )
      return showSearch(reply, session, { fields, found })
    })

    /** The patient of an address, and the visit that it names, if it is one of theirs. */
    const open = async (
      { account }: OwnSession,
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

    app.get('/ehr/patient/:id', async (request, reply) => {
      const session = await clinician(request, reply)
      if (!session) return reply
      const { id } = request.params as { id: string }
      const opened = await open(session, id, (request.query as Record<string, unknown>).encounter)
      if (!opened) {
        await log(request, session, { kind: 'read', outcome: 'refused', reason: 'not_found' })
        return noPatient(reply)
      }
      await log(request, session, {
        kind: 'read',
        outcome: 'success',
        entity: `Patient/${opened.patient.id}`,
        patients: [opened.patient.id],
      })
      return page(
        reply,
        ehrPatientPage({ ...frame(session), ...opened, applications: await launchableClients(store) }),
      )
    })

    app.get('/ehr/launch', async (request, reply) => {
      const session = await clinician(request, reply)
      if (!session) return reply
      const refuse = async (reason: string) =>
        log(request, session, { kind: 'authorize', outcome: 'refused', reason, details: { launch: 'ehr' } })
      // A link on another site must not open a patient in an application for whoever follows it.
      if (request.headers['sec-fetch-site'] === 'cross-site') {
        await refuse('foreign_link')
        return problem(
          reply,
          403,
          'This did not begin here',
          'Open the patient, and launch the application from there.',
        )
      }
      const { client_id, patient: id, encounter } = request.query as Record<string, unknown>
      const application = await findLaunchable(store, String(client_id))
      if (!application) {
        await refuse('unknown_client')
        return problem(
          reply,
          404,
          'There is no such application',
          'An administrator registers applications here.',
        )
      }
      const opened = await open(session, id, encounter)
      if (!opened) {
        await refuse('not_found')
        return noPatient(reply)
      }
      const { patient, visit } = opened
      const launch = newLaunch(
        {
          clientId: application.clientId,
          accountId: session.account.id,
          patient: patient.id,
          ...(visit && { encounter: visit.id }),
        },
        clock(),
      )
      const entry = ownAccess(
        request,
        {
          kind: 'authorize',
          outcome: 'success',
          patients: [patient.id],
          details: { launch: 'ehr' },
          agent: { address: request.ip, clientId: application.clientId, clientName: application.name },
        },
        session.account,
      )
      await store.write(async (trx) => {
        await launch.save(trx)
        await appendAccess(trx, entry, { now: clock(), config })
      })
      const address = new URL(application.launchUri)
      address.searchParams.set('iss', fhirBase(config))
      address.searchParams.set('launch', launch.value)
      return reply.redirect(address.href, 303)
    })
  }
