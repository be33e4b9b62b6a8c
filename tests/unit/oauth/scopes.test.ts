import { describe, expect, it } from 'vitest'
import { parseScope, parseScopes } from '../../../server/grants/scopes/scopes.ts'

describe('a resource scope (S19)', () => {
  it.each([
    ['patient/*.rs', { context: 'patient', type: '*', actions: 'rs' }],
    ['user/Observation.r', { context: 'user', type: 'Observation', actions: 'r' }],
    ['system/Patient.cruds', { context: 'system', type: 'Patient', actions: 'cruds' }],
    ['patient/Observation.read', { context: 'patient', type: 'Observation', actions: 'rs' }],
    ['user/*.write', { context: 'user', type: '*', actions: 'cud' }],
    ['user/*.*', { context: 'user', type: '*', actions: 'cruds' }],
  ])('%s is valid', (text, expected) => {
    expect(parseScope(text)).toEqual({ ...expected, text })
  })

  it.each([
    'patient/*.sr',
    'patient/*.',
    'patient/*',
    'patient/observation.rs',
    'patient/Observation.rss',
    'Patient/Observation.rs',
    'patient/Observation.rs?',
    'patient/Observation.rs?category',
    'patient/Observation.rs?category=',
    'patient/Observation.rs?category:in=http://vs.example',
    'patient/Observation.rs?patient.birthdate=1990',
    'patient/Observation.rs?color=red',
    'patient/Observation.rs?category=laboratory&color=red',
    'patient/Observation.rs?_count=1',
    'patient/Observation.rs?date=yesterday',
    'patient/Observation.rs?__proto__=x',
    'patient/Condition.rs?value-quantity=1',
    'patient/Observation.rs?category=laboratory&&code=718-7',
    'patient/Observation.rs??category=laboratory',
    'patient/Observation.rs?date=2024&date=eq2024',
    'patient/*.rs?category=laboratory',
    'patient/Observation.read?category=laboratory',
    'patient/Observation.readwrite',
    'patient/Observation.rs ',
    'patient/../Observation.rs',
    '',
  ])('%j is malformed and never reinterpreted', (text) => {
    expect(parseScope(text)).toBeUndefined()
  })

  it('is limited by the search parameters after it', () => {
    const text =
      'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory&code=718-7'
    expect(parseScope(text)).toMatchObject({
      text,
      constraint: {
        filters: [
          { kind: 'token', param: 'category', any: [{ code: 'laboratory' }] },
          { kind: 'token', param: 'code', any: [{ code: '718-7' }] },
        ],
      },
    })
  })

  it('is found in a list of words', () => {
    const list = parseScopes('openid patient/*.rs launch/patient user/Patient.r nonsense')
    expect(list.map(({ text }) => text)).toEqual(['patient/*.rs', 'user/Patient.r'])
  })
})
