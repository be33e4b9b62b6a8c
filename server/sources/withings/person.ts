import { createHash } from 'node:crypto'
import { type PreparedResource, prepare } from '../../fhir/index/put-resource.ts'
import { isObject, type Json, stringsAt } from '../../query/json-path.ts'
import type { PersonDetails } from '../../sign-in/partner/partner-sign-in.ts'
import type { Db } from '../../store/schema.ts'
import { WITHINGS_SYSTEM } from './observations.ts'

/** The `ResourceTable.origin` of what is here because a person signed in with Withings. */
export const ORIGIN = 'withings'

/** As `prepare`, for a resource that comes from Withings. @throws ResourceRefused */
export const prepareOwn = (...source: Parameters<typeof prepare>): PreparedResource => {
  const { row, index } = prepare(...source)
  return { row: { ...row, origin: ORIGIN }, index }
}

const USERID_SYSTEM = `${WITHINGS_SYSTEM}/userid`

/** Who a person is: a number, at one API. */
export interface Owner {
  readonly issuer: string
  readonly userid: string
}

/** Returns the name of the account at the terminal. Nobody signs in with it. */
export const usernameOf = ({ issuer, userid }: Owner): string =>
  `withings-${userid}-${createHash('sha256').update(issuer).digest('hex').slice(0, 8)}`

/** The whole of such a name, because `user add` accepts any name, also one that only begins alike. */
const USERNAME = /^withings-(.+)-[0-9a-f]{8}$/

/** Returns the Patient of a new person, of whom only the number at Withings is known. */
export const patientOf = (id: string, userid: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ type: { text: 'Withings user number' }, system: USERID_SYSTEM, value: userid }],
})

/** Returns a Patient with the details that its person entered. */
export const describedPatient = (patient: Json, { given, family, birthDate }: PersonDetails): Json => ({
  ...patient,
  name: [{ family, given: given.split(' ') }],
  birthDate,
})

/** Returns the details that a Patient's person entered; `undefined` before they did. */
export const personOf = ({ name, birthDate }: Json): PersonDetails | undefined => {
  const [first] = Array.isArray(name) ? name.filter(isObject) : []
  if (!first || typeof birthDate !== 'string') return undefined
  return {
    given: stringsAt(first, 'given').join(' '),
    family: stringsAt(first, 'family').join(' '),
    birthDate,
  }
}

/** Finds the Patient of an account, if it was created when the person of this account signed in with Withings. */
export const findOwnPatient = async (db: Db, { id }: { readonly id: string }): Promise<Json | undefined> => {
  const row = await db
    .selectFrom('account')
    .innerJoin('resource', 'resource.id', 'account.patient')
    .select(['account.username', 'resource.json'])
    .where('account.id', '=', id)
    .where('resource.type', '=', 'Patient')
    // An imported record may have the same identifier.
    .where('resource.origin', '=', ORIGIN)
    .executeTakeFirst()
  const patient = row && (JSON.parse(row.json) as Json)
  return patient && isPatientOf(patient, row.username) ? patient : undefined
}

/** Whether the account of this name is one whose Patient was created when its person signed in. */
export const isPatientOf = (patient: Json, username: string): boolean => {
  const userid = useridOf(patient)
  return userid !== undefined && USERNAME.exec(username)?.[1] === userid
}

const useridOf = ({ identifier }: Json): string | undefined => {
  const [first] = Array.isArray(identifier) ? identifier : []
  return isObject(first) && first.system === USERID_SYSTEM && typeof first.value === 'string'
    ? first.value
    : undefined
}
