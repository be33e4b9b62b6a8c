import type { IDToken } from 'oauth4webapi'
import { readableName } from '../../../values/readable-name.ts'
import type { StoredConnection } from '../../storage/items.ts'

type Person = StoredConnection['person']

/**
 * Returns who signed in, from the id_token's `fhirUser` (SMART App Launch 2.2, section 5.1) and `name`.
 *
 * @param patient whom the token is about. Without a `fhirUser`, nothing says that the person is somebody else.
 */
export const personFrom = (claims: IDToken | undefined, patient: { name: string } | undefined): Person => ({
  name:
    nameIn(claims?.name) ??
    (patient?.name || undefined) ??
    nameIn(claims?.preferred_username) ??
    nameIn(claims?.sub) ??
    '',
  role: !claims || (claims.fhirUser === undefined && patient) ? 'patient' : roleOf(claims.fhirUser),
})

/** No honest reference is longer. */
const longestReference = 500

/** Returns the reference by which an access log names the person; undefined for one that is too long to keep. */
export const fhirUserFrom = (claims: IDToken | undefined): string | undefined => {
  const reference = claims?.fhirUser
  return typeof reference === 'string' && reference !== '' && reference.length <= longestReference
    ? reference
    : undefined
}

const roleOf = (fhirUser: unknown): Person['role'] => {
  const type = typeof fhirUser === 'string' ? fhirUser.split('/').at(-2) : undefined
  if (type === 'Patient' || type === 'RelatedPerson') return 'patient'
  return type === 'Practitioner' || type === 'PractitionerRole' ? 'clinician' : 'administrator'
}

const nameIn = (value: unknown): string | undefined =>
  (typeof value === 'string' && readableName(value)) || undefined
