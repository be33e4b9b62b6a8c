import { requireUrl } from '../../values/parse-address.ts'
import { openRecord } from '../access-log/own/open-record.ts'
import { isSameGrant } from '../auth/grant/narrow-grant.ts'
import { covers, coversEveryCategory } from '../auth/grant/scopes.ts'
import type { Sessions } from '../auth/grant/session.ts'
import type { Providers } from '../auth/provider/providers.ts'
import { onlyAbout, type PatientClient } from '../fhir/about-patient.ts'
import { exportRecord } from '../fhir/export-record.ts'
import { morePatients, readPatient, searchPatients } from '../fhir/find-patients.ts'
import { readRecordList } from '../fhir/read-list.ts'
import { readVitals } from '../fhir/read-vitals.ts'
import type { Locking } from '../lock/lock.ts'
import type { Answers } from '../messages/answer.ts'
import { ProblemError } from '../messages/errors.ts'
import type { Patient } from '../messages/patients.ts'
import type { RecordList } from '../messages/record-lists.ts'
import type { Source } from '../messages/vitals.ts'
import type { Copies } from '../storage/copies.ts'
import { items } from '../storage/items.ts'
import { createLastSearches } from './last-searches.ts'
import { beginLook, markNew } from './mark-new.ts'
import { createReadWithCopy } from './read-with-copy.ts'

type RecordAnswers = Pick<
  Answers,
  | 'vitals'
  | 'last-vitals'
  | 'record-list'
  | 'record-list-seen'
  | 'search-patients'
  | 'more-patients'
  | 'export-record'
>

/** Creates the answers that read a record: each opens it for a connection and calls the FHIR module. */
export const createRecordAnswers = (services: {
  providers: Providers
  sessions: Sessions
  copies: Copies
  lock: Pick<Locking, 'whileOpen'>
}): RecordAnswers => {
  const { providers, sessions, copies, lock } = services
  const lastSearches = createLastSearches(sessions, lock.whileOpen)
  const { readWithCopy, changeCopy, findLastVitals } = createReadWithCopy({ sessions, copies })

  /** An organization may refuse a patient's details and still allow the readings. */
  const findPatient = async (connectionId: string, id: string, client: PatientClient): Promise<Patient> => {
    const own = (await sessions.find(connectionId))?.patient
    if (own?.id === id) return (await followPatient(sessions, connectionId, client)) ?? own
    return readPatient(client, id).catch((error) => {
      if (error instanceof ProblemError && error.code === 'refused') return { id, name: '', identifiers: [] }
      throw error
    })
  }

  const openPatient = async (connectionId: string, patient: string, signal: AbortSignal | undefined) => {
    const { access, client } = await openRecord(sessions, connectionId, 'record', signal)
    return { access, client: onlyAbout(client, access, patient) }
  }

  return {
    vitals: (request, signal) =>
      readWithCopy({ ...request, part: 'vitals' }, async () => {
        const { connectionId } = request
        const { access, client } = await openPatient(connectionId, request.patient, signal)
        const source = await sourceOf(connectionId)
        const [patient, vitals] = await Promise.all([
          findPatient(connectionId, request.patient, client),
          readVitals(client, access, { patient: request.patient, source }),
        ])
        return { ...vitals, patient }
      }),

    'last-vitals': ({ connectionId, patient }) => findLastVitals(connectionId, patient),

    'record-list': ({ connectionId, patient, type }, signal) =>
      readWithCopy(
        { connectionId, patient, part: type },
        async () => {
          const { access, client } = await openPatient(connectionId, patient, signal)
          const scope = (await sessions.find(connectionId))?.scope ?? ''
          return readRecordList(client, access, {
            patient,
            type,
            source: await sourceOf(connectionId),
            anyCategory: coversEveryCategory(scope),
          })
        },
        markNew,
      ),

    'record-list-seen': ({ connectionId, patient, type }) =>
      changeCopy<RecordList>({ connectionId, patient, part: type }, (list) => beginLook(list, Date.now())),

    'search-patients': async ({ connectionId, query, reopened }, signal) => {
      const lastResult = reopened ? await lastSearches.find(connectionId, query) : undefined
      if (lastResult) return lastResult
      const { access, client } = await openRecord(sessions, connectionId, 'search', signal)
      const page = await searchPatients(client, access, query)
      lastSearches.keep(connectionId, access.terms, query, page)
      return page
    },

    'more-patients': async ({ connectionId, next }, signal) => {
      const { access, client } = await openRecord(sessions, connectionId, 'search', signal)
      const page = await morePatients(client, access, next)
      lastSearches.extend(connectionId, access.terms, next, page)
      return page
    },

    // The requesting page makes the file; the worker keeps nothing.
    'export-record': async ({ connectionId, next }, signal) => {
      const { access } = await openRecord(sessions, connectionId, 'export', signal)
      const session = await sessions.find(connectionId)
      if (!session?.patient) throw new ProblemError('signed-out')
      const patient = session.patient.id
      const { label } = await providers.require(session.providerId)
      return exportRecord(access, { patient, source: label, next, now: Date.now() })
    },
  }

  async function sourceOf(connectionId: string): Promise<Source> {
    const session = await sessions.find(connectionId)
    if (!session) throw new ProblemError('signed-out')
    const { label, fhirBase, hue } = await providers.require(session.providerId)
    return { connectionId, name: label, host: requireUrl(fhirBase).host, hue }
  }
}

/** Milliseconds. The sign-in read the patient, so a popup that opens right after it does not read them again. */
const justSignedIn = 10_000

/**
 * Reads a connection's own patient again, because the organization may have corrected a name or birth date since the sign-in, and
 * stores the answer in the session. Returns the patient as known before if they cannot be read.
 */
const followPatient = async (
  sessions: Sessions,
  connectionId: string,
  client: PatientClient,
): Promise<Patient | undefined> => {
  const readIn = await sessions.find(connectionId)
  const known = readIn?.patient
  if (!known || Date.now() - readIn.signedInAt < justSignedIn || !covers(readIn.scope, 'Patient'))
    return known
  const answer = await readPatient(client, known.id).catch(() => undefined)
  if (answer?.id !== known.id) return known
  const patient = { ...answer, name: answer.name || known.name }
  // A refresh meanwhile would store its own copy of the session; a narrower grant may not cover the answer any more.
  await sessions.exclusively(connectionId, () =>
    items.sessions.change(connectionId, (now) =>
      now && isSameGrant(readIn, now) && JSON.stringify(now.patient) !== JSON.stringify(patient)
        ? { ...now, patient }
        : now,
    ),
  )
  return patient
}
