import type { IDToken } from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import { fhirUserFrom, personFrom } from '../../../extension/auth/sign-in/signed-in-person.ts'

const claimsWith = (fhirUser: unknown) =>
  ({ sub: 's', ...(fhirUser !== undefined && { fhirUser }) }) as IDToken
const patient = { name: 'Jane Doe' }
const base = 'https://riverside.example/fhir'

describe('the role of a person who signs in', () => {
  it.each([
    [`${base}/Patient/p`, 'patient', 'patient'],
    ['Patient/p', 'patient', 'patient'],
    ['Patient/p/', 'patient', 'patient'],
    ['Patient/p/_history/2', 'patient', 'patient'],
    ['Patient/p/_history/2/', 'patient', 'patient'],
    ['RelatedPerson/r', 'patient', 'patient'],
    ['Practitioner/l', 'clinician', 'clinician'],
    ['Practitioner/l/_history/2', 'clinician', 'clinician'],
    ['PractitionerRole/l/', 'clinician', 'clinician'],
    ['Person/1', 'patient', 'clinician'],
    ['Device/1', 'patient', 'clinician'],
    ['', 'patient', 'clinician'],
    [1, 'patient', 'clinician'],
    [`${'x'.repeat(500)}/Person/1`, 'patient', 'clinician'],
    [undefined, 'patient', 'administrator'],
  ])('whom the organization names %o is, with a patient, %s, and without one, %s', (fhirUser, own, other) => {
    expect(personFrom(claimsWith(fhirUser), patient).role).toBe(own)
    expect(personFrom(claimsWith(fhirUser), undefined).role).toBe(other)
  })

  it('without an id_token is a patient', () => {
    expect(personFrom(undefined, undefined).role).toBe('patient')
  })
})

it('a clinician is not named after the patient, and a patient whose token has no name is', () => {
  expect(personFrom(claimsWith('Practitioner/l'), patient).name).toBe('s')
  expect(personFrom(claimsWith('Patient/p'), patient).name).toBe('Jane Doe')
})

it.each([
  [`${base}/Patient/p`, `${base}/Patient/p`],
  [`${base}/Patient/p/`, `${base}/Patient/p`],
  ['Patient/p/_history/2', 'Patient/p'],
  ['x'.repeat(501), undefined],
])('the reference %s is kept as an access log writes it', (fhirUser, kept) => {
  expect(fhirUserFrom(claimsWith(fhirUser))).toBe(kept)
})
