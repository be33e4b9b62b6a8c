import { describe, expect, test } from 'vitest'
import { compartmentsOf, decide } from '../../../server/fhir/access/decide-access.ts'
import type { Account, Authorization } from '../../../server/grants/authorization.ts'
import { parseScopes } from '../../../server/grants/scopes/scopes.ts'

const ACCOUNTS: Record<Account['role'], Account> = {
  patient: { id: 'anna', name: 'Anna', role: 'patient', patient: 'pa' },
  clinician: { id: 'lee', name: 'Lee', role: 'clinician', practitioner: 'pr1' },
  admin: { id: 'admin', name: 'Admin', role: 'admin' },
}

const authorization = (role: Account['role'], scope: string, patient?: string): Authorization => ({
  grantId: 'grant',
  tokenRef: 'token',
  clientId: 'ext',
  clientName: 'Carekey',
  account: ACCOUNTS[role],
  scopes: parseScopes(scope),
  words: new Set(scope.split(' ')),
  ...(patient !== undefined && { patient }),
  expiresAt: 0,
})

const ALL = [{}]
const OWN = [{ compartment: 'pa' }]

describe('who may read what', () => {
  test.each([
    // role, scope, patient in context, type, action, reach or reason
    ['patient', 'patient/*.rs', 'pa', 'Patient', 'r', OWN],
    ['patient', 'patient/*.rs', 'pa', 'Observation', 's', OWN],
    ['patient', 'patient/*.rs', 'pa', 'AuditEvent', 's', OWN],
    ['patient', 'patient/*.rs', 'pa', 'Organization', 'r', ALL],
    ['patient', 'patient/*.rs', undefined, 'Patient', 'r', 'no_patient'],
    ['patient', 'patient/*.rs', undefined, 'Organization', 'r', 'no_patient'],
    ['patient', 'patient/Observation.rs', 'pa', 'Patient', 'r', 'insufficient_scope'],
    ['patient', 'patient/Observation.rs', 'pa', 'Observation', 's', OWN],
    ['patient', 'patient/Observation.r', 'pa', 'Observation', 's', 'insufficient_scope'],
    ['patient', 'patient/Observation.cud', 'pa', 'Observation', 'r', 'insufficient_scope'],
    ['patient', 'openid fhirUser', 'pa', 'Patient', 'r', 'insufficient_scope'],
    ['patient', 'patient/*.*', 'pa', 'Patient', 'r', OWN],
    ['patient', 'patient/Observation.read', 'pa', 'Observation', 's', OWN],
    ['patient', 'patient/*.write', 'pa', 'Patient', 'r', 'insufficient_scope'],
    ['patient', 'user/*.rs', undefined, 'Patient', 's', OWN],
    ['patient', 'user/AuditEvent.rs', undefined, 'AuditEvent', 's', OWN],
    ['patient', 'patient/*.rs user/*.rs', 'pa', 'Patient', 's', OWN],
    ['patient', 'patient/*.rs user/*.rs', undefined, 'Patient', 's', OWN],
    ['patient', 'system/*.rs', 'pa', 'Patient', 's', 'insufficient_scope'],
    ['clinician', 'user/*.rs', undefined, 'Patient', 's', ALL],
    ['clinician', 'user/*.rs', undefined, 'AuditEvent', 's', 'role'],
    ['clinician', 'patient/*.rs', 'pb', 'Observation', 's', [{ compartment: 'pb' }]],
    ['clinician', 'patient/*.rs', 'pb', 'AuditEvent', 's', 'role'],
    ['clinician', 'patient/*.rs user/*.rs', 'pb', 'Observation', 's', ALL],
    [
      'clinician',
      'patient/Observation.rs user/Patient.rs',
      'pb',
      'Observation',
      's',
      [{ compartment: 'pb' }],
    ],
    ['clinician', 'system/*.rs', undefined, 'Patient', 's', 'insufficient_scope'],
    ['admin', 'user/*.rs', undefined, 'AuditEvent', 's', ALL],
    ['admin', 'user/AuditEvent.rs', undefined, 'AuditEvent', 'r', ALL],
    ['admin', 'user/*.rs', undefined, 'Patient', 'r', 'role'],
    ['admin', 'user/*.rs', undefined, 'Organization', 'r', 'role'],
    ['admin', 'patient/*.rs', 'pa', 'Patient', 'r', 'role'],
    ['admin', 'patient/*.rs', 'pa', 'AuditEvent', 'r', 'role'],
  ] as const)('%s with %s, patient %s: %s.%s', (role, scope, patient, type, action, expected) => {
    const decision = decide(authorization(role, scope, patient), type, action)
    expect(decision.allowed ? decision.reach : decision.reason).toEqual(expected)
  })
})

describe('a scope limited by search parameters', () => {
  const reachOf = (scope: string, type = 'Observation') => {
    const decision = decide(authorization('patient', scope, 'pa'), type, 's')
    return decision.allowed ? decision.reach : decision.reason
  }
  const laboratory = 'patient/Observation.rs?category=laboratory'

  test('reaches a part of the compartment', () => {
    expect(reachOf(laboratory)).toMatchObject([
      { compartment: 'pa', limits: [[{ param: 'category', any: [{ code: 'laboratory' }] }]] },
    ])
    expect(reachOf(laboratory, 'Patient')).toBe('insufficient_scope')
  })

  test('adds its part to the others', () => {
    expect(reachOf(`${laboratory} patient/Observation.rs?category=vital-signs`)).toMatchObject([
      { compartment: 'pa', limits: [[{ param: 'category' }], [{ param: 'category' }]] },
    ])
  })

  test('adds nothing if everything is allowed already', () => {
    expect(reachOf(`${laboratory} patient/*.rs`)).toEqual(OWN)
  })
})

describe('an application that acts on its own behalf', () => {
  test.each([
    ['system/*.rs', 'Observation', 's', ALL],
    ['system/*.rs', 'AuditEvent', 's', ALL],
    ['system/Observation.rs', 'Observation', 'r', ALL],
    ['system/Observation.rs', 'AuditEvent', 'r', 'insufficient_scope'],
    ['system/Observation.r', 'Observation', 's', 'insufficient_scope'],
    ['user/*.rs patient/*.rs', 'Observation', 's', 'insufficient_scope'],
  ] as const)('with %s: %s.%s', (scope, type, action, expected) => {
    const decision = decide({ scopes: parseScopes(scope), patient: 'pa' }, type, action)
    expect(decision.allowed ? decision.reach : decision.reason).toEqual(expected)
  })
})

test('an empty reach is an empty list of compartments, never everything', () => {
  expect(compartmentsOf([])).toEqual([])
  expect(compartmentsOf([{ compartment: 'pa' }])).toEqual(['pa'])
  expect(compartmentsOf([{ compartment: 'pa' }, {}])).toBeUndefined()
})
