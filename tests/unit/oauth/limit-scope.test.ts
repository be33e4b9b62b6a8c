import { describe, expect, it } from 'vitest'
import { limitScope } from '../../../server/grants/limit-scope.ts'

describe('a token after its consent was narrowed', () => {
  it.each([
    [
      'stays the same if nothing changed',
      'openid patient/*.rs',
      'openid patient/*.rs',
      'openid patient/*.rs',
    ],
    [
      'keeps what is left of a wildcard',
      'patient/*.rs',
      'patient/Patient.rs patient/Condition.rs',
      'patient/Patient.rs patient/Condition.rs',
    ],
    [
      'loses what was taken',
      'patient/Patient.rs patient/Condition.rs',
      'patient/Patient.rs',
      'patient/Patient.rs',
    ],
    ['gains nothing that it had not', 'patient/Condition.r', 'openid patient/*.rs', 'patient/Condition.r'],
    [
      'keeps a limit of its own',
      'patient/Observation.rs?category=laboratory',
      'patient/*.rs',
      'patient/Observation.rs?category=laboratory',
    ],
    [
      'takes a limit of the consent',
      'patient/Observation.r',
      'patient/Observation.rs?category=laboratory',
      'patient/Observation.r?category=laboratory',
    ],
    [
      'must hold both limits',
      'patient/Observation.rs?category=laboratory',
      'patient/Observation.rs?code=29463-7',
      'patient/Observation.rs?category=laboratory&code=29463-7',
    ],
    ['keeps the syntax of version 1', 'patient/Observation.read', 'patient/*.rs', 'patient/Observation.read'],
    ['does not change from one context to another', 'user/*.rs', 'patient/*.rs', ''],
    ['has no common action left', 'patient/Observation.r', 'patient/Observation.s', ''],
    ['loses words that are not resources', 'openid offline_access client.register', 'openid', 'openid'],
  ])('%s', (_name, token, consent, rest) => {
    expect(limitScope(token, consent)).toBe(rest)
  })
})
