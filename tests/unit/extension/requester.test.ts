import { describe, expect, it } from 'vitest'
import { agentKeysOf, byWhom, type Requester } from '../../../extension/access-log/entries/requester.ts'

const fhirBase = 'https://clinic.example/fhir'
const john: Requester = {
  clientId: 'carekey',
  subject: 'sub-john',
  issuer: 'https://clinic.example',
  fhirBase,
  fhirUser: `${fhirBase}/Patient/2`,
  patient: '2',
}

const application = (value?: string) => ({
  type: { coding: [{ code: '110153' }] },
  requestor: value === 'coach',
  who: { display: value ?? 'Riverside Clinic', ...(value && { identifier: { value } }) },
})
const person = (who: object, more = {}) => ({
  type: { coding: [{ code: 'IRCP' }] },
  requestor: true,
  who: { display: 'John Doe', ...who },
  ...more,
})
const search = { kind: 'search', outcome: 'success' } as const
const by = (agent: object[], requester = john, entry: Parameters<typeof byWhom>[1] = search) =>
  byWhom({ agent }, entry, requester)

describe('an access', () => {
  it.each([
    { reference: 'Patient/2' },
    { reference: `${fhirBase}/Patient/2` },
    { reference: 'Patient/2/_history/3', identifier: { value: 'sub-john' } },
    { reference: `${fhirBase}/Patient/2/_history/3` },
    { identifier: { value: 'sub-john' } },
  ])('is by you if it is by this person through this application: %j', (who) =>
    expect(by([application('carekey'), person(who)])).toBe('you'),
  )

  it('is by you elsewhere if it is through another application, or on the organization’s own pages', () => {
    expect(by([application('chart-viewer'), person({ reference: 'Patient/2' })])).toBe('elsewhere')
    expect(by([application(), person({ reference: 'Patient/2' })])).toBe('elsewhere')
  })

  it('is by you elsewhere if it changed or ended a grant of this application, which is done on those pages', () => {
    const agents = [application('carekey'), person({ reference: 'Patient/2' })]
    const consent = { kind: 'consent', outcome: 'success' } as const
    expect(by(agents, john, { ...consent, consent: 'allowed' })).toBe('you')
    for (const change of ['narrowed', 'shortened', 'reduced'] as const)
      expect(by(agents, john, { ...consent, consent: change })).toBe('elsewhere')
    expect(by(agents, john, { kind: 'revoke', outcome: 'success', disconnected: true })).toBe('elsewhere')
  })

  it('is by others if it is by somebody else through this application in this browser', () => {
    const lee = { reference: 'Practitioner/lee', identifier: { value: 'sub-lee' } }
    expect(by([application('carekey'), person(lee)])).toBe('others')
    expect(by([application('carekey'), person({ identifier: { value: 'sub-admin' } })])).toBe('others')
  })

  it('is perhaps by you if it ended a grant of this application, and the log says that nobody proved who did', () => {
    const end = { kind: 'revoke', outcome: 'success' } as const
    expect(by([application('carekey')], john, end)).toBe('unsure')
    expect(by([application('coach')], john, end)).toBe('others')
    expect(by([application('carekey')], john, { ...end, outcome: 'refused' })).toBe('others')
    expect(by([application('carekey'), person({ reference: 'Practitioner/lee' })], john, end)).toBe('others')
  })

  it('is by others if an application acts for itself, even this one', () => {
    expect(by([application('coach')])).toBe('others')
    expect(by([application('carekey')])).toBe('others')
    expect(by([])).toBe('others')
  })

  it.each([
    ['a display name', {}],
    ['the id of another type', { reference: 'Practitioner/2' }],
    ['a patient of another server', { reference: 'https://other.example/fhir/Patient/2' }],
    ['a number of another system', { identifier: { system: 'urn:staff', value: 'sub-john' } }],
    [
      'a number that is the subject, of another person',
      { reference: 'Patient/3', identifier: { value: 'sub-john' } },
    ],
  ])('is by others if only %s is this person’s', (_what, who) => {
    expect(by([application('carekey'), person(who)])).toBe('others')
  })

  it('is by others if another person requested it too, or the person is only named', () => {
    const lee = person({ reference: 'Practitioner/lee' })
    expect(by([application('carekey'), person({ reference: 'Patient/2' }), lee])).toBe('others')
    expect(by([application('carekey'), person({ reference: 'Patient/2' }, { requestor: false }), lee])).toBe(
      'others',
    )
    expect(
      by([application('carekey'), person({ reference: 'Patient/2' }), { ...lee, requestor: false }]),
    ).toBe('you')
  })

  it('is by others if it is a refused sign-in, because that shows only whose account it was for', () => {
    const agents = [application('carekey'), person({ reference: 'Patient/2' })]
    expect(by(agents, john, { kind: 'sign-in', outcome: 'refused' })).toBe('others')
    expect(by(agents, john, { kind: 'sign-in', outcome: 'success' })).toBe('you')
    expect(by(agents, john, { kind: 'read', outcome: 'refused' })).toBe('you')
  })
})

describe('a connection of an earlier version, which knows no fhirUser,', () => {
  const { fhirUser: _unknown, ...before } = john

  it('is compared by its patient and subject', () => {
    expect(by([application('carekey'), person({ reference: 'Patient/2' })], before)).toBe('you')
    expect(by([application('carekey'), person({ identifier: { value: 'sub-john' } })], before)).toBe('you')
    expect(by([application('carekey'), person({ reference: 'Practitioner/lee' })], before)).toBe('others')
  })
})

it('a parent is not the child whose record they read', () => {
  const mother = { ...john, subject: 'sub-mother', fhirUser: 'RelatedPerson/9' }
  expect(by([application('carekey'), person({ reference: 'RelatedPerson/9' })], mother)).toBe('you')
  expect(by([application('carekey'), person({ reference: 'Patient/2' })], mother)).toBe('others')
})

describe('the key of the agents', () => {
  const key = (...agent: object[]) => agentKeysOf({ agent }).agentKey
  const lee = { reference: 'Practitioner/lee' }

  it('is equal for one person through one application, whatever their names', () => {
    const renamed = person({ ...lee, display: 'Dr. Lee' })
    expect(key(application('carekey'), person(lee))).toBe(key(application('carekey'), renamed))
    expect(key(application('carekey'), person(lee))).not.toBe(key(application('coach'), person(lee)))
    expect(key(application('carekey'), person(lee))).not.toBe(
      key(application('carekey'), person({ reference: 'Practitioner/other' })),
    )
    expect(key(application('coach'))).toEqual(expect.any(String))
  })

  it('is absent if the requester has only a name, or if the key would be long', () => {
    expect(key(application('carekey'), person({}))).toBeUndefined()
    expect(key(application())).toBeUndefined()
    expect(key()).toBeUndefined()
    const many = Array.from({ length: 100 }, () => application('carekey'))
    expect(key(...many, person(lee))).toBeUndefined()
  })
})
