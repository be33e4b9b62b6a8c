import type { Account } from './authorization.ts'
import { parseScope, parseScopes, type SmartScope } from './scopes.ts'

/** May register applications at `B/oauth/register` (RFC 7591); administrators only. Not a SMART scope. */
export const REGISTER_SCOPE = 'client.register'

/** One thing an application asked for that this person can give: a checkbox on the consent page. */
export interface Offer {
  readonly name: string
  readonly label: string
  readonly hint: string
}

interface Kind extends Offer {
  readonly types: readonly string[]
}

/** A patient's record by kind of information, in the words of the consent page. */
const KINDS: readonly Kind[] = [
  { name: 'identity', label: 'Who you are', hint: 'name, birth date, sex, contact', types: ['Patient'] },
  {
    name: 'observations',
    label: 'Vital signs and results',
    hint: 'blood pressure, weight, laboratory',
    types: ['Observation', 'DiagnosticReport'],
  },
  {
    name: 'conditions',
    label: 'Conditions and allergies',
    hint: 'what you have, what you cannot take',
    types: ['Condition', 'AllergyIntolerance'],
  },
  {
    name: 'medications',
    label: 'Medications and immunizations',
    hint: 'what you take, what you were given',
    types: ['MedicationRequest', 'MedicationStatement', 'Medication', 'Immunization'],
  },
  {
    name: 'care',
    label: 'Visits and care',
    hint: 'appointments, procedures, plans, documents, devices',
    types: [
      'Encounter',
      'Procedure',
      'DocumentReference',
      'CarePlan',
      'CareTeam',
      'Goal',
      'Device',
      'Coverage',
      'Provenance',
      'RelatedPerson',
      'Organization',
      'Practitioner',
      'PractitionerRole',
      'Location',
      'Group',
      'List',
    ],
  },
  { name: 'log', label: 'Who read your record', hint: 'the access log', types: ['AuditEvent'] },
]

const PATIENTS: Offer = {
  name: 'patients',
  label: 'Patients’ records',
  hint: 'search patients and read their records, as you may here',
}
const LOG: Offer = { name: 'log', label: 'The access log', hint: 'every access at this organization' }
const REGISTER: Offer = {
  name: 'register',
  label: 'Register applications',
  hint: 'add applications that may ask patients for access',
}

/** What of a request's `scope` this person can give. Empty: nothing, and the request is refused. */
export const offersFor = (asked: string, account: Account): Offer[] => {
  const scopes = givable(asked, account)
  switch (account.role) {
    case 'patient':
      return KINDS.filter((kind) =>
        scopes.some((scope) => scope.type === '*' || kind.types.includes(scope.type)),
      )
    case 'clinician':
      return scopes.length > 0 ? [PATIENTS] : []
    case 'admin':
      return [
        ...(scopes.length > 0 ? [LOG] : []),
        ...(asked.split(' ').includes(REGISTER_SCOPE) ? [REGISTER] : []),
      ]
  }
}

/**
 * The `scope` that is granted when this person allows the named offers: what the application is told and what is
 * enforced. A wildcard of which a part was refused becomes the list of the allowed types.
 */
export const grantedScope = (
  asked: string,
  account: Account,
  allowed: ReadonlySet<string>,
  refresh: boolean,
): string => {
  const words = asked.split(' ')
  const resources = offersFor(asked, account).some((offer) => allowed.has(offer.name) && offer !== REGISTER)
    ? givable(asked, account).flatMap((scope) => narrowed(scope, account, allowed))
    : []
  const launch = resources.some((scope) => scope.startsWith('patient/'))
  return [
    ...words.filter((word) => word === 'openid'),
    ...words.filter((word) => word === 'fhirUser' && account.role !== 'admin'),
    ...words.filter((word) => word === 'launch/patient' && launch),
    ...words.filter((word) => word === 'offline_access' && refresh),
    ...words.filter(
      (word) => word === REGISTER_SCOPE && account.role === 'admin' && allowed.has(REGISTER.name),
    ),
    ...new Set(resources),
  ].join(' ')
}

/** Only reading is offered: `patient/*.cruds` is granted as `patient/*.rs` at most. */
const readOnly = (scope: SmartScope): SmartScope[] => {
  const actions = scope.actions.replace(/[^rs]/g, '')
  return parseScope(`${scope.context}/${scope.type}.${actions}`) ? [{ ...scope, actions }] : []
}

/** The resource scopes that mean something for this role. */
const givable = (asked: string, account: Account): SmartScope[] => {
  const scopes = parseScopes(asked).flatMap(readOnly)
  const of = (context: SmartScope['context']) => scopes.filter((scope) => scope.context === context)
  switch (account.role) {
    case 'patient':
      // Both reach the same record; one wording is enough.
      return of('patient').length > 0 ? of('patient') : of('user')
    case 'clinician':
      return of('user')
    case 'admin':
      // Of everything, an administrator reaches the log; the answer says what is enforced.
      return of('user')
        .filter((scope) => scope.type === '*' || scope.type === 'AuditEvent')
        .map((scope) => ({ ...scope, type: 'AuditEvent' }))
  }
}

const narrowed = (scope: SmartScope, account: Account, allowed: ReadonlySet<string>): string[] => {
  const text = (type: string) => `${scope.context}/${type}.${scope.actions}`
  if (account.role === 'clinician') return [text(scope.type)]
  if (account.role === 'admin') return allowed.has(LOG.name) ? [text(scope.type)] : []
  const kinds = KINDS.filter((kind) => allowed.has(kind.name))
  if (scope.type === '*')
    return kinds.length === KINDS.length ? [text('*')] : kinds.flatMap((kind) => kind.types.map(text))
  return kinds.some((kind) => kind.types.includes(scope.type)) ? [text(scope.type)] : []
}
