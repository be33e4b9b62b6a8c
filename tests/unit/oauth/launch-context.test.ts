import { expect, it } from 'vitest'
import { fhirContextOf, launchMembers } from '../../../server/oauth/launch/launch-context.ts'

const config = {
  publicUrl: 'https://records.example.org',
  host: 'localhost',
  port: 0,
  source: { kind: 'embedded' as const },
  organization: { name: 'Clinic', about: '', color: '#000000' },
}

it.each([
  [undefined, null],
  [[], null],
  [['Organization/clinic'], null],
  [['Organization/clinic', 'Organization/ward'], null],
  [['Practitioner/lee'], [{ reference: 'Practitioner/lee' }]],
  [
    ['Organization/clinic', 'Practitioner/lee'],
    [{ reference: 'Organization/clinic' }, { reference: 'Practitioner/lee' }],
  ],
])(
  'a launch that names %j has the fhirContext %j, and none if it contains only organizations',
  (references, context) => {
    const fhir_context = fhirContextOf({ patient: 'pa', ...(references && { references }) })
    expect(fhir_context && JSON.parse(fhir_context)).toEqual(context)
    const members = launchMembers(config, { patient: 'pa', encounter: null, fhir_context })
    expect(Object.hasOwn(members, 'fhirContext')).toBe(context !== null)
  },
)
