import type { Authorization } from '../oauth/authorization.ts'
import type { SmartScope } from '../oauth/scopes.ts'
import { COMPARTMENT, SHARED } from './compartment.ts'

/** What a token may reach of one type: the union of these, each a patient's compartment or everything. */
export type Reach = readonly Alternative[]

export interface Alternative {
  /** Id of the Patient whose compartment it is. Absent: every resource of the type. */
  readonly compartment?: string
}

export type Decision =
  | { readonly allowed: true; readonly reach: Reach }
  | { readonly allowed: false; readonly reason: 'insufficient_scope' | 'no_patient' | 'role' }

/** `r` reads by id, `s` searches (SMART App Launch 2.2, section 3.0.2). */
export type Action = 'r' | 's'

/**
 * Who may read what: the one place. Each granted scope that covers the type and the action is judged alone, and what is
 * reached is the union of what they allow; the predicate made from it is applied inside the SQL.
 *
 * - `patient/` reaches the compartment of the patient in launch context, and nothing when there is none. The access
 *   log is the patient's own to read: a clinician in that context does not reach it.
 * - `user/` reaches what the person does: a patient their own compartment, a clinician the records of every patient,
 *   an administrator the access log and nothing clinical.
 * - `system/` is not supported.
 */
export const decide = (authorization: Authorization, type: string, action: Action): Decision => {
  const verdicts = authorization.scopes
    .filter((scope) => (scope.type === '*' || scope.type === type) && scope.actions.includes(action))
    .map((scope) => judge(scope, authorization, type))
  const reach = verdicts.filter((verdict) => typeof verdict !== 'string')
  if (reach.some(({ compartment }) => compartment === undefined)) return { allowed: true, reach: [{}] }
  if (reach.length > 0) return { allowed: true, reach: distinct(reach) }
  return {
    allowed: false,
    reason: verdicts.find((verdict) => typeof verdict === 'string') ?? 'insufficient_scope',
  }
}

type Refusal = (Decision & { allowed: false })['reason']

const judge = (
  scope: SmartScope,
  { account, patient }: Authorization,
  type: string,
): Alternative | Refusal => {
  const log = type === 'AuditEvent'
  if (account.role === 'admin') return scope.context === 'user' && log ? {} : 'role'
  if (account.role === 'clinician' && log) return 'role'
  switch (scope.context) {
    case 'patient':
      return within(patient, type)
    case 'user':
      return account.role === 'clinician' ? {} : within(account.patient, type)
    case 'system':
      return 'insufficient_scope'
  }
}

const within = (patient: string | undefined, type: string): Alternative | Refusal => {
  if (patient === undefined) return 'no_patient'
  return COMPARTMENT[type] === SHARED ? {} : { compartment: patient }
}

const distinct = (reach: Reach): Reach =>
  [...new Set(reach.map(({ compartment }) => compartment))].map((compartment) =>
    compartment === undefined ? {} : { compartment },
  )

/**
 * The patients whose compartments a reach is made of, for the predicate inside the SQL; `undefined` when it is
 * everything. An empty reach is an empty list, which matches nothing.
 */
export const compartmentsOf = (reach: Reach): readonly string[] | undefined => {
  const patients: string[] = []
  for (const { compartment } of reach) {
    if (compartment === undefined) return undefined
    patients.push(compartment)
  }
  return patients
}
