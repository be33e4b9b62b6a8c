import { isSameGrant } from '../auth/grant/narrow-grant.ts'
import { covers } from '../auth/grant/scopes.ts'
import type { Sessions } from '../auth/grant/session.ts'
import type { PatientClient } from '../fhir/about-patient.ts'
import { readPatient } from '../fhir/find-patients.ts'
import type { Patient } from '../messages/patients.ts'
import { items } from '../storage/items.ts'

/** Milliseconds. The sign-in read the patient, so a popup that opens right after it does not read them again. */
const justSignedIn = 10_000

/**
 * Reads a connection's own patient again, because the organization may have corrected a name or birth date since the sign-in, and
 * stores the answer in the session. Returns the patient as known before if they cannot be read.
 */
export const followPatient = async (
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
