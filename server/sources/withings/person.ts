import { createHash } from 'node:crypto'
import type { PersonDetails } from '../../oauth/upstream/upstream-sign-in.ts'
import { isObject, type Json } from '../../query/json-path.ts'
import { WITHINGS_SYSTEM } from './observations.ts'

const USERID_SYSTEM = `${WITHINGS_SYSTEM}/userid`

/** Who a person is: a number, at one API. */
export interface Owner {
  readonly issuer: string
  readonly userid: string
}

/** Returns the name of the account at the terminal. Nobody signs in with it. */
export const usernameOf = ({ issuer, userid }: Owner): string =>
  `${usernameStart(userid)}${createHash('sha256').update(issuer).digest('hex').slice(0, 8)}`

/** Returns a person's Patient: their number at Withings, and the details they entered. */
export const patientOf = (id: string, userid: string, person?: PersonDetails) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: USERID_SYSTEM, value: userid }],
  ...(person && {
    name: [{ family: person.family, given: person.given.split(' ') }],
    birthDate: person.birthDate,
  }),
})

/** Whether the account of this name is one whose Patient was created when its person signed in. */
export const isPatientOf = (patient: Json, username: string): boolean => {
  const userid = useridOf(patient)
  return userid !== undefined && username.startsWith(usernameStart(userid))
}

const useridOf = ({ identifier }: Json): string | undefined => {
  const [first] = Array.isArray(identifier) ? identifier : []
  return isObject(first) && first.system === USERID_SYSTEM && typeof first.value === 'string'
    ? first.value
    : undefined
}

const usernameStart = (userid: string): string => `withings-${userid}-`
