import { describe, expect, it } from 'vitest'
import {
  abilities,
  coversEveryCategory,
  readScope,
  stoppedSince,
} from '../../../extension/auth/grant/scopes.ts'
import { recordTypes } from '../../../extension/messages/record-lists.ts'

const namesOf = (scope: string, hasPatient: boolean) =>
  Object.entries(abilities(scope, hasPatient))
    .filter(([, can]) => can === true)
    .map(([name]) => name)

it.each([
  ['openid patient/*.rs', true, ['readVitals', 'searchPatients', 'readAccessLog']],
  ['openid patient/*.rs', false, []],
  ['patient/Observation.rs', true, ['readVitals']],
  ['patient/Observation.r', true, []],
  ['patient/Observation.rs?category=vital-signs', true, ['readVitals']],
  ['user/*.rs', false, ['readVitals', 'searchPatients', 'readAccessLog']],
  ['user/Patient.read', false, ['searchPatients']],
  ['user/AuditEvent.rs client.register', false, ['readAccessLog', 'registerApplications']],
  ['system/*.rs', false, []],
  ['', false, []],
])('with "%s" and a patient (%s) a person can %j', (scope, hasPatient, expected) => {
  expect(namesOf(scope, hasPatient)).toEqual(expected)
})

it.each([
  ['patient/*.rs', true, recordTypes],
  ['patient/*.rs', false, []],
  ['user/*.rs', false, recordTypes],
  ['patient/Condition.rs patient/Immunization.read', true, ['Condition', 'Immunization']],
  ['patient/Condition.rs?category=problem-list-item', true, ['Condition']],
  ['patient/Observation.rs?category=vital-signs', true, []],
  ['patient/Observation.rs?category=http://loinc.org|x,laboratory', true, ['Observation']],
  ['patient/Observation.rs?category=http://hl7.org/category|laboratory', true, ['Observation']],
  [
    'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/v2-0074|LAB',
    true,
    ['Observation'],
  ],
  ['patient/Observation.rs?category=social-history', true, ['SocialHistory']],
  ['patient/Observation.rs', true, ['Observation', 'SocialHistory']],
])('with "%s" and a patient (%s) a person can read the lists of %j', (scope, hasPatient, expected) => {
  expect(abilities(scope, hasPatient).readLists).toEqual(expected)
})

it.each([
  ['patient/*.rs', true],
  ['patient/Observation.rs?date=gt2020', true],
  ['patient/Observation.rs?category=laboratory', false],
  ['patient/Observation.rs?category=laboratory patient/Observation.rs', true],
  ['patient/DiagnosticReport.rs', false],
])('"%s" covers Observations of any category: %s', (scope, expected) => {
  expect(coversEveryCategory(scope)).toBe(expected)
})

const hl7 = 'http://terminology.hl7.org/CodeSystem'

describe('of a kind that a limit narrows, a part is read', () => {
  it.each([
    ['patient/*.rs', []],
    ['patient/AllergyIntolerance.rs?date=ge2026', ['AllergyIntolerance']],
    ['patient/AllergyIntolerance.rs?category=food,medication', ['AllergyIntolerance']],
    ['patient/AllergyIntolerance.rs? patient/Procedure.rs?', ['AllergyIntolerance', 'Procedure']],
    ['patient/AllergyIntolerance.rs?date=ge2026 patient/AllergyIntolerance.rs', []],
    ['patient/Condition.rs?recorded-date=ge2020 patient/Condition.rs?recorded-date=lt2020', ['Condition']],
    ['patient/Observation.rs?date=ge2026', ['vitals', 'Observation', 'SocialHistory']],
    [
      'patient/Observation.rs?date=ge2026 patient/Observation.rs?category=laboratory',
      ['vitals', 'Observation', 'SocialHistory'],
    ],
    ['patient/Patient.rs?gender=female patient/AuditEvent.rs?agent=x', ['Patient', 'AuditEvent']],
    ['patient/*.rs?_security=N patient/Patient.rs', [...recordTypes, 'vitals', 'AuditEvent']],
    ['user/AllergyIntolerance.rs?date=ge2026', ['AllergyIntolerance']],
  ])('"%s": %j', (scope, expected) => {
    const { limited, readLists, ...can } = abilities(scope, true)
    expect(limited.toSorted()).toEqual(expected.toSorted())
    expect([...readLists, 'vitals', 'Patient', 'AuditEvent']).toEqual(expect.arrayContaining(limited))
    expect(can.readVitals).toBe(/\*|Observation/.test(scope))
  })

  it.each([
    ['vital signs', `patient/Observation.rs?category=${hl7}/observation-category|vital-signs`, []],
    ['vital signs by code', 'patient/Observation.rs?category=survey,vital-signs', []],
    [
      'results, of which some have no category',
      'patient/Observation.rs?category=laboratory',
      ['Observation'],
    ],
    ['social history', 'patient/Observation.rs?category=social-history', ['SocialHistory']],
    ['another system', 'patient/Observation.rs?category=http://x|vital-signs', ['vitals']],
    ['no system', 'patient/Observation.rs?category=|vital-signs', ['vitals']],
    ['two categories at once', 'patient/Observation.rs?category=vital-signs&category=x', []],
    ['a second limit', 'patient/Observation.rs?category=vital-signs&date=ge2026', ['vitals']],
    ['a second question mark', 'patient/Observation.rs?category=vital-signs?date=ge2026', []],
    [
      'a modifier',
      'patient/Observation.rs?category:not=laboratory',
      ['vitals', 'Observation', 'SocialHistory'],
    ],
    [
      'conditions',
      `patient/Condition.rs?category=${hl7}/condition-category|problem-list-item`,
      ['Condition'],
    ],
  ])('but the category of vital signs is all of them: %s', (_what, scope, expected) => {
    expect(abilities(scope, true).limited).toEqual(expected)
  })

  it('which is less than before only of what was read wholly', () => {
    const limited = 'patient/Condition.rs?recorded-date=ge2026 patient/Procedure.rs?date=ge2026'
    expect(stoppedSince('patient/*.rs', `${limited} patient/Observation.rs?date=ge2026`)).toMatchObject({
      limited: ['vitals', 'Condition', 'Observation', 'Procedure', 'SocialHistory'],
    })
    expect(stoppedSince(`patient/Condition.rs ${limited}`, limited)).toEqual({
      ...{ readVitals: false, readLists: [], readAccessLog: false },
      limited: ['Condition'],
    })
    expect(stoppedSince(limited, limited)).toBeUndefined()
    expect(stoppedSince(limited, 'patient/*.rs')).toBeUndefined()
  })
})

it('with only laboratory results allowed, a person cannot read vital signs', () => {
  expect(abilities('patient/Observation.rs?category=laboratory', true).readVitals).toBe(false)
})

it.each([
  ['patient/*.rs', true, 'all'],
  ['patient/*.rs', false, undefined],
  ['user/*.rs', false, 'all'],
  ['patient/*.rs?category=laboratory', true, 'part'],
  ['patient/Condition.rs patient/CarePlan.rs', true, 'part'],
  ['patient/Condition.rs patient/CarePlan.rs', false, undefined],
  ['patient/Condition.rs patient/AuditEvent.rs client.register', true, undefined],
] as const)(
  'with "%s" and a patient (%s) an export contains what no list shows: %s',
  (scope, hasPatient, rest) => {
    expect(abilities(scope, hasPatient).readRest).toBe(rest)
  },
)

it('F57 little of a granted scope is stored: what Carekey shows before what only an export contains', () => {
  expect(
    readScope('openid patient/Device.rs patient/Observation.rs client.register x patient/*.r system/*.rs'),
  ).toBe('patient/Observation.rs client.register patient/Device.rs')
  const devices = Array.from({ length: 1000 }, (_, n) => `patient/Device.rs?type=${n}`).join(' ')
  expect(abilities(`${devices.slice(0, 9_000)} patient/AuditEvent.rs`, true).readAccessLog).toBe(true)
  expect(readScope(`patient/*.rs?${'x'.repeat(500)} patient/Condition.rs`)).toBe('patient/Condition.rs')
  const many = Array.from({ length: 1000 }, (_, n) => `patient/*.rs?category=${n}`).join(' ')
  expect(readScope(many).split(' ')).toHaveLength(100)
  expect(abilities(`${'x '.repeat(10_000)}patient/*.rs x`, true).readLists).toEqual([])
  // If it were cut after `.rs`, it would grant more than it did.
  expect(readScope(`${'x '.repeat(9_994)}patient/*.rs?category=laboratory`)).toBe('')
})
