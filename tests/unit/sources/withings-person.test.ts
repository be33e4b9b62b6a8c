import { expect, test } from 'vitest'
import { isPatientOf, patientOf, usernameOf } from '../../../server/sources/withings/person.ts'

const patient = patientOf('p1', '363')
const username = usernameOf({ issuer: 'https://wbsapi.withings.net', userid: '363' })

test('W08 a Patient belongs to the account that was made with it', () => {
  expect(isPatientOf(patient, username)).toBe(true)
})

test.each([
  'withings-363-somebody',
  `${username}-2`,
  `withings-363-4-${username.slice(-8)}`,
  `x-${username}`,
  usernameOf({ issuer: 'https://wbsapi.withings.net', userid: '3634' }),
  'john',
])('W08 and not to the account %s, whose name only looks alike', (other) => {
  expect(isPatientOf(patient, other)).toBe(false)
})
