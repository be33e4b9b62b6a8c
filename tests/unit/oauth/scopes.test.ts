import { describe, expect, it } from 'vitest'
import { parseScope, parseScopes } from '../../../server/oauth/scopes.ts'

describe('a resource scope', () => {
  it.each([
    ['patient/*.rs', { context: 'patient', type: '*', actions: 'rs' }],
    ['user/Observation.r', { context: 'user', type: 'Observation', actions: 'r' }],
    ['system/Patient.cruds', { context: 'system', type: 'Patient', actions: 'cruds' }],
  ])('%s is read', (text, expected) => {
    expect(parseScope(text)).toEqual({ ...expected, text })
  })

  it.each([
    'patient/*.sr',
    'patient/*.',
    'patient/*',
    'patient/observation.rs',
    'patient/Observation.rss',
    'Patient/Observation.rs',
    'patient/Observation.rs?category=laboratory',
    'patient/Observation.rs ',
    'patient/../Observation.rs',
    '',
  ])('%j is malformed and never reinterpreted', (text) => {
    expect(parseScope(text)).toBeUndefined()
  })

  it('is picked out of a list of words', () => {
    const list = parseScopes('openid patient/*.rs launch/patient user/Patient.r nonsense')
    expect(list.map(({ text }) => text)).toEqual(['patient/*.rs', 'user/Patient.r'])
  })
})
