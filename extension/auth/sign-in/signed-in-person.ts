import type { IDToken } from 'oauth4webapi'
import { readableName } from '../../../values/readable-name.ts'
import type { StoredConnection } from '../../storage/items.ts'

type Person = StoredConnection['person']

/**
 * Returns who signed in, from the id_token's `fhirUser` (SMART App Launch 2.2, section 5.1) and `name`.
 *
 * @param patient whom the token is about. Without a `fhirUser`, nothing says that the person is somebody else.
 */
export const personFrom = (claims: IDToken | undefined, patient: { name: string } | undefined): Person => {
  const role = roleOf(claims, patient !== undefined)
  return {
    name:
      nameIn(claims?.name) ??
      // Anybody else only works with the patient's record.
      ((role === 'patient' && patient?.name) || undefined) ??
      nameIn(claims?.preferred_username) ??
      nameIn(claims?.sub) ??
      '',
    role,
  }
}

/** No honest reference is longer. */
const longestReference = 500

/**
 * Returns the reference by which an access log names the person, without a version or a slash at its end; undefined for one that is
 * too long to keep.
 */
export const fhirUserFrom = (claims: IDToken | undefined): string | undefined => {
  const reference = claims?.fhirUser
  return typeof reference === 'string' && reference !== '' && reference.length <= longestReference
    ? reference.replace(/\/$/, '').replace(/\/_history\/[^/]+$/, '')
    : undefined
}

/**
 * An administrator is nobody in the record: neither a `fhirUser` nor a patient. Somebody of another kind is a patient if the token
 * names one, and never an administrator. The organization says all this, so no watch over a log depends on it.
 */
const roleOf = (claims: IDToken | undefined, hasPatient: boolean): Person['role'] => {
  const type = fhirUserFrom(claims)?.split('/').at(-2)
  if (type === 'Practitioner' || type === 'PractitionerRole') return 'clinician'
  if (!claims || hasPatient || type === 'Patient' || type === 'RelatedPerson') return 'patient'
  return claims.fhirUser === undefined ? 'administrator' : 'clinician'
}

const nameIn = (value: unknown): string | undefined =>
  (typeof value === 'string' && readableName(value)) || undefined
