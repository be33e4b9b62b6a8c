import type { Authorization } from '../../grants/authorization.ts'
import type { SmartScope } from '../../grants/scopes/scopes.ts'
import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import type { Limit } from '../../query/query.ts'

/** The rows of one type that a token may read: the union of these alternatives. */
export type Reach = readonly Alternative[]

interface Alternative {
  /** Id of the Patient whose compartment it is. Absent: every resource of the type. */
  readonly compartment?: string
  /** The scopes' own limits, `Observation.rs?category=laboratory`: all filters of one of these lists must hold too. */
  readonly limits?: readonly (readonly Limit[])[]
}

type Decision =
  | { readonly allowed: true; readonly reach: Reach }
  | { readonly allowed: false; readonly reason: 'insufficient_scope' | 'no_patient' | 'role' }

/** `r` reads by id, `s` searches (SMART App Launch 2.2, section 3.0.2). */
export type Action = 'r' | 's'

/** The parts of an authorization that a decision depends on. */
type Holder = Pick<Authorization, 'account' | 'scopes' | 'patient'>

/**
 * Decides who may read what; no other place does. Each granted scope that covers the type and the action is judged alone, and the
 * reach is the union of what they allow. The predicate made from it is applied inside the SQL.
 *
 * - `patient/` reaches the compartment of the patient in launch context, and nothing without one. Only patients read the access
 *   log with it; a clinician in that context does not.
 * - `user/` reaches what the person may read: a patient their own compartment, a clinician the records of every patient, an
 *   administrator the access log and nothing clinical.
 * - `system/` reaches everything of the type, because the application acts for itself and for no person.
 */
export const decide = (holder: Holder, type: string, action: Action): Decision => {
  const verdicts = holder.scopes
    .filter((scope) => (scope.type === '*' || scope.type === type) && scope.actions.includes(action))
    .map((scope) => judge(scope, holder, type))
  const reach = verdicts.filter((verdict) => typeof verdict !== 'string')
  if (reach.length > 0) return { allowed: true, reach: simplify(reach) }
  return {
    allowed: false,
    reason: verdicts.find((verdict) => typeof verdict === 'string') ?? 'insufficient_scope',
  }
}

/** A holder's reach of each type by one action; `undefined` if access is refused, for any reason. */
export type ReachOf = (type: string) => Reach | undefined

export const reachOf =
  (holder: Holder, action: Action): ReachOf =>
  (type) => {
    const decision = decide(holder, type, action)
    return decision.allowed ? decision.reach : undefined
  }

type Refusal = (Decision & { allowed: false })['reason']

const judge = (scope: SmartScope, holder: Holder, type: string): Alternative | Refusal => {
  const whole = alternativeOf(scope, holder, type)
  return typeof whole === 'string' || !scope.constraint
    ? whole
    : { ...whole, limits: [scope.constraint.filters] }
}

const alternativeOf = (
  scope: SmartScope,
  { account, patient }: Holder,
  type: string,
): Alternative | Refusal => {
  if (!account) return scope.context === 'system' ? {} : 'insufficient_scope'
  const log = type === 'AuditEvent'
  if (account.role === 'admin') return scope.context === 'user' && log ? {} : 'role'
  if (account.role === 'clinician' && log) return 'role'
  switch (scope.context) {
    case 'patient':
      return compartmentAlternative(patient, type)
    case 'user':
      return account.role === 'clinician' ? {} : compartmentAlternative(account.patient, type)
    case 'system':
      return 'insufficient_scope'
  }
}

const compartmentAlternative = (patient: string | undefined, type: string): Alternative | Refusal => {
  if (patient === undefined) return 'no_patient'
  return COMPARTMENT[type] === SHARED ? {} : { compartment: patient }
}

/** Removes the alternatives that another one already covers, and leaves one for each compartment. */
const simplify = (reach: Reach): Reach => {
  const whole = reach.filter(({ limits }) => limits === undefined)
  if (whole.some(({ compartment }) => compartment === undefined)) return [{}]
  const compartments = new Set(whole.map(({ compartment }) => compartment))
  const limited = reach.filter(({ compartment }) => !compartments.has(compartment))
  return [
    ...[...compartments].flatMap((compartment) => (compartment === undefined ? [] : { compartment })),
    ...[...Map.groupBy(limited, ({ compartment }) => compartment)].map(([compartment, alike]) => ({
      ...(compartment !== undefined && { compartment }),
      limits: alike.flatMap(({ limits = [] }) => limits),
    })),
  ]
}

/**
 * Returns the patients whose compartments a reach consists of; `undefined` if it is not limited to compartments. An empty reach
 * gives an empty list. Filters of the alternatives may narrow the reach further inside its compartments.
 */
export const compartmentsOf = (reach: Reach): readonly string[] | undefined => {
  const patients = new Set<string>()
  for (const { compartment } of reach) {
    if (compartment === undefined) return undefined
    patients.add(compartment)
  }
  return [...patients]
}
