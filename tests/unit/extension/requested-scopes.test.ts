import { describe, expect, it } from 'vitest'
import { scopesFor } from '../../../extension/auth/provider/requested-scopes.ts'

const record = (capabilities: string[], scopes_supported?: string[]) =>
  scopesFor('record', { hasIssuer: true, capabilities, ...(scopes_supported && { scopes_supported }) })

const start = 'openid fhirUser offline_access launch/patient'

describe('the scopes that are requested', () => {
  it.each([
    ['says nothing of scopes', [], undefined],
    ['says that it knows version 2', ['permission-v1', 'permission-v2'], ['patient/*.read']],
    ['lists a scope of version 2', ['permission-patient'], ['patient/*.read', 'patient/Observation.rs?x=y']],
    ['lists only scopes of identity', ['launch-standalone'], ['openid', 'launch/patient']],
  ])('are of version 2 where an organization %s', (_what, capabilities, supported) => {
    expect(record(capabilities, supported)).toBe(`${start} patient/*.rs user/*.rs`)
  })

  it.each([
    ['says so', ['permission-v1'], undefined, 'patient/*.read user/*.read'],
    ['names permissions of version 1 alone', ['permission-patient'], undefined, 'patient/*.read user/*.read'],
    ['lists wildcards', [], ['patient/*.*', 'user/*.read'], 'patient/*.read user/*.read'],
    [
      'lists types',
      ['launch-standalone'],
      [
        'openid',
        'patient/Patient.read',
        'patient/Observation.read',
        'patient/Observation.write',
        'patient/Claim.read',
      ],
      'patient/Patient.read patient/Observation.read',
    ],
    ['lists only write access', [], ['patient/Observation.write'], ''],
  ])(
    'are of version 1 where an organization that knows no other %s',
    (_what, capabilities, supported, scope) => {
      expect(record(capabilities, supported)).toBe(`${start} ${scope}`.trim())
    },
  )

  it('of a launch and of an administrator are of version 1 as well', () => {
    const organization = { hasIssuer: false, capabilities: ['permission-v1'] }
    expect(scopesFor('administer', organization)).toBe('user/AuditEvent.read client.register')
    expect(scopesFor('launch', { ...organization, scopes_supported: ['patient/Condition.read'] })).toBe(
      'launch patient/Condition.read',
    )
  })
})
