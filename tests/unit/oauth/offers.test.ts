import { describe, expect, it } from 'vitest'
import type { Account } from '../../../server/oauth/authorization.ts'
import { grantedScope, offersFor } from '../../../server/oauth/offers.ts'

const john: Account = { id: 'john', name: 'John Doe', role: 'patient', patient: 'john-doe' }
const lee: Account = { id: 'lee', name: 'Dr. Lee', role: 'clinician', practitioner: 'lee' }
const admin: Account = { id: 'admin', name: 'Administrator', role: 'admin' }
const CAREKEY = 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs'

const names = (asked: string, account: Account) => offersFor(asked, account).map(({ name }) => name)
const all = (asked: string, account: Account) => new Set(names(asked, account))

describe('what a person is offered to allow', () => {
  it('is a patient’s own record, kind by kind', () => {
    expect(names(CAREKEY, john)).toEqual([
      'identity',
      'observations',
      'conditions',
      'medications',
      'care',
      'log',
    ])
  })

  it('is only what was asked for', () => {
    expect(names('patient/Observation.rs patient/Patient.r', john)).toEqual(['identity', 'observations'])
  })

  it('is the patients a clinician may read', () => {
    expect(names(CAREKEY, lee)).toEqual(['patients'])
  })

  it('is the access log, and registering, for an administrator', () => {
    expect(names(`${CAREKEY} client.register`, admin)).toEqual(['log', 'register'])
    expect(names('user/Patient.rs', admin)).toEqual([])
  })

  it('is nothing when a patient is asked to register applications', () => {
    expect(names('openid client.register', john)).toEqual([])
  })
})

describe('what is granted', () => {
  it('keeps the wildcard when everything is allowed, and one wording of it', () => {
    expect(grantedScope(CAREKEY, john, all(CAREKEY, john), true)).toBe(
      'openid fhirUser launch/patient offline_access patient/*.rs',
    )
  })

  it('has no refresh for a single visit', () => {
    expect(grantedScope(CAREKEY, john, all(CAREKEY, john), false)).not.toContain('offline_access')
  })

  it('lists the allowed types when a part of a wildcard is refused', () => {
    const scope = grantedScope(CAREKEY, john, new Set(['identity', 'conditions']), false)
    expect(scope).toBe(
      'openid fhirUser launch/patient patient/Patient.rs patient/Condition.rs patient/AllergyIntolerance.rs',
    )
  })

  it('is never more than was asked', () => {
    const everything = new Set([
      'identity',
      'observations',
      'conditions',
      'medications',
      'care',
      'log',
      'register',
    ])
    expect(grantedScope('openid patient/Observation.r', john, everything, true)).toBe(
      'openid patient/Observation.r',
    )
  })

  it('is reading only', () => {
    expect(grantedScope('patient/*.cruds', john, all('patient/*.cruds', john), false)).toBe('patient/*.rs')
    expect(grantedScope('patient/*.cud', john, new Set(['identity']), false)).toBe('')
  })

  it('gives a clinician no patient context that nobody picked', () => {
    expect(grantedScope(CAREKEY, lee, new Set(['patients']), true)).toBe(
      'openid fhirUser offline_access user/*.rs',
    )
  })

  it('keeps registering apart from reading the log', () => {
    const asked = `openid user/*.rs client.register`
    expect(grantedScope(asked, admin, new Set(['register']), false)).toBe('openid client.register')
    expect(grantedScope(asked, admin, new Set(['log']), false)).toBe('openid user/AuditEvent.rs')
  })
})
