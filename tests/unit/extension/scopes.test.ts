import { expect, it } from 'vitest'
import { abilities } from '../../../extension/auth/scopes.ts'

const namesOf = (scope: string, hasPatient: boolean) =>
  Object.entries(abilities(scope, hasPatient))
    .filter(([, can]) => can)
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
])('with "%s" and a patient (%s) one can %j', (scope, hasPatient, expected) => {
  expect(namesOf(scope, hasPatient)).toEqual(expected)
})
