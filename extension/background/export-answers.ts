import { openRecord } from '../access-log/own/open-record.ts'
import type { Sessions } from '../auth/grant/session.ts'
import type { Providers } from '../auth/provider/providers.ts'
import { exportRecord } from '../fhir/export-record.ts'
import type { Answers } from '../messages/answer.ts'
import { ProblemError } from '../messages/errors.ts'

/** Exports a person's own record page by page. The requesting page makes the file; the worker keeps nothing. */
export const createExportAnswers = (services: {
  providers: Providers
  sessions: Sessions
}): Pick<Answers, 'export-record'> => ({
  'export-record': async ({ connectionId, next }, signal) => {
    const { access } = await openRecord(services.sessions, connectionId, 'export', signal)
    const session = await services.sessions.find(connectionId)
    if (!session?.patient) throw new ProblemError('signed-out')
    const patient = session.patient.id
    const { label } = await services.providers.require(session.providerId)
    return exportRecord(access, { patient, source: label, next, now: Date.now() })
  },
})
