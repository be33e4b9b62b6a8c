import { describe, expect, it } from 'vitest'
import { limitScope } from '../../../server/grants/scopes/limit-scope.ts'
import { parseScopes } from '../../../server/grants/scopes/scopes.ts'

/** What the limits of a list of scopes are, however they are written. */
const namesIn = (list: string) =>
  new Set(
    parseScopes(list)
      .flatMap(({ constraint }) => constraint?.filters ?? [])
      .map(({ any, ...filter }) =>
        JSON.stringify([filter, any.map((each) => JSON.stringify(each)).toSorted()]),
      ),
  )

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
    [
      'keeps each limited scope that both have as it is',
      'patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs patient/Observation.rs?category=survey',
      'patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs',
      'patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs',
    ],
    [
      'keeps its own spelling of a limit that both have',
      'patient/Observation.rs?date=2024&category=vital-signs,laboratory',
      'patient/Observation.rs?category=laboratory,vital-signs&date=eq2024&code=29463-7',
      'patient/Observation.rs?date=2024&category=vital-signs,laboratory&code=29463-7',
    ],
    ['keeps the syntax of version 1', 'patient/Observation.read', 'patient/*.rs', 'patient/Observation.read'],
    ['does not change from one context to another', 'user/*.rs', 'patient/*.rs', ''],
    ['has no common action left', 'patient/Observation.r', 'patient/Observation.s', ''],
    ['loses words that are not resources', 'openid offline_access client.register', 'openid', 'openid'],
  ])('%s', (_name, token, consent, rest) => {
    expect(limitScope(token, consent)).toBe(rest)
  })

  const limits = [
    'category=laboratory',
    'category=vital-signs',
    'category=laboratory,vital-signs',
    'code=29463-7',
    'category=laboratory&status=final',
    'status=final&category=laboratory',
    'status=final&category=labor%61tory',
    'category=laboratory&code=29463-7',
    'category=vital-signs,laboratory',
    'status=final',
    'status=http://hl7.org/fhir/observation-status|final',
    'date=2020',
    'date=eq2020',
    'category=laboratory&date=eq2020',
    'date=ge2020',
    'date=ge2020&date=le2022',
    'date=ge2021&date=le2022',
  ]
  it.each(limits.flatMap((own) => limits.map((consented) => [own, consented] as const)))(
    'with the limit %s and the consent %s holds both limits, and stays the same at each refresh',
    (own, consented) => {
      const token = `patient/Observation.rs?${own}`
      const consent = `patient/Observation.rs?${consented}`
      const left = limitScope(token, consent)
      expect(parseScopes(left)).toHaveLength(1)
      expect(namesIn(left)).toEqual(new Set([...namesIn(token), ...namesIn(consent)]))
      expect(limitScope(left, consent)).toBe(left)
    },
  )

  it('J02 opens nothing if it, or the consent, is itself beyond the budget', () => {
    const long = Array.from({ length: 11 }, (_, at) => `patient/Observation.rs?code=${at}-1`).join(' ')
    expect(limitScope(long, 'patient/Observation.rs?code=1-1')).toBe('')
    expect(limitScope('patient/Observation.rs?code=1-1', long)).toBe('')
  })

  it('J02 loses only what is beyond the budget, if its limits and those of the consent together are', () => {
    const limitedBy = (parameter: string, values: readonly string[]) =>
      ['patient/Patient.rs', ...values.map((value) => `patient/Observation.rs?${parameter}=${value}`)].join(
        ' ',
      )
    const token = limitedBy('category', ['laboratory', 'vital-signs', 'survey'])
    const consent = limitedBy('code', ['718-7', '4548-4', '29463-7'])
    const left = 'patient/Observation.rs?category=laboratory&code='
    expect(parseScopes(limitScope(token, consent)).map(({ text }) => text)).toEqual([
      'patient/Patient.rs',
      `${left}718-7`,
      `${left}4548-4`,
    ])
  })
})
