import { describe, expect, it } from 'vitest'
import { limitToRegistration } from '../../../server/grants/scopes/registered-scope.ts'

const LIMITS = ['category=laboratory', 'status=final', 'code=8480-6']

/** All sets of these limits, from none to all. */
const SETS = Array.from({ length: 2 ** LIMITS.length }, (_, bits) =>
  LIMITS.filter((_limit, index) => bits & (1 << index)),
)
const scopeOf = (limits: readonly string[], actions = 'rs') =>
  `patient/Observation.${actions}${limits.length > 0 ? `?${limits.join('&')}` : ''}`
const holds = (wide: readonly string[], narrow: readonly string[]) =>
  wide.every((limit) => narrow.includes(limit))

describe('a scope is limited to the registered one', () => {
  it('by the rule that each further parameter narrows it, in any order, and that a narrower one is granted as it is asked', () => {
    expect(SETS).toHaveLength(8)
    for (const registered of SETS)
      for (const requested of SETS) {
        const answer = limitToRegistration(scopeOf(registered), scopeOf(requested.toReversed()))
        const name = `${scopeOf(registered)} ← ${scopeOf(requested)}`
        if (holds(registered, requested)) expect(answer, name).toBe(scopeOf(requested.toReversed()))
        else if (holds(requested, registered)) expect(answer, name).toBe(scopeOf(registered))
        else expect(answer, name).toBe('')
      }
  })

  it('by what its limits mean, however they are written', () => {
    const registered = 'patient/Observation.rs?date=eq2024&category=laboratory,vital-signs'
    const requested = 'patient/Observation.rs?category=vital-signs%2Claboratory&date=2024'
    expect(limitToRegistration(registered, requested)).toBe(requested)
  })

  it('J02 so that a word that is beyond the budget is left out by itself', () => {
    const limited = ['category=laboratory', 'code=718-7', 'status=final', 'date=ge2020'].map(
      (limit) => `patient/Observation.rs?${limit}`,
    )
    const finer = 'patient/Observation.rs?category=laboratory&code=4548-4'
    const requested = ['patient/Patient.rs', 'patient/Observation.rs', finer].join(' ')
    expect(limitToRegistration(['patient/Patient.rs', ...limited].join(' '), requested)).toBe(
      ['patient/Patient.rs', ...limited].join(' '),
    )
  })

  it.each([
    [
      'patient/Observation.rs?category=laboratory',
      'patient/Observation.rs?category=vital-signs&status=final',
    ],
    ['patient/Observation.rs?category=laboratory', 'patient/Observation.rs?category=laboratory,vital-signs'],
    ['patient/Observation.rs?category=laboratory', 'user/Observation.rs?category=laboratory&status=final'],
    ['patient/Observation.rs?category=laboratory', 'patient/Condition.rs?category=laboratory&code=1'],
    ['patient/Observation.r?category=laboratory', 'patient/Observation.s?category=laboratory&status=final'],
    ['patient/Observation.rs?category=laboratory', 'patient/Observation.rs?category=laboratory&unknown=1'],
  ])('%s allows nothing of %s', (registered, requested) => {
    expect(limitToRegistration(registered, requested)).toBe('')
  })
})
