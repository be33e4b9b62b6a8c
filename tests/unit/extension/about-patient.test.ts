import { describe, expect, it } from 'vitest'
import { isAbout, onlyAbout } from '../../../extension/fhir/about-patient.ts'
import type { Client } from '../../../extension/fhir/client.ts'

const fhirBase = 'https://clinic.example/fhir'
const about = { patient: 'p', fhirBase }
const own = { reference: 'Patient/p' }
const other = { reference: 'Patient/q' }
const reading = (change: object = {}) => ({ resourceType: 'Observation', id: 'o', subject: own, ...change })
const focusCode = 'http://hl7.org/fhir/StructureDefinition/observation-focusCode'

describe('J56 a resource about the patient is kept', () => {
  it.each([
    ['by a relative reference', reading()],
    ['by an absolute one at the organization', reading({ subject: { reference: `${fhirBase}/Patient/p` } })],
    ['by a version', reading({ subject: { reference: 'Patient/p/_history/2' } })],
    ['by itself', { resourceType: 'Patient', id: 'p' }],
    ['with the patient as its focus', reading({ focus: [own] })],
    ['with a contained medication', reading({ contained: [{ resourceType: 'Medication', id: 'm' }] })],
    ['with a contained result about the same patient', reading({ contained: [reading()] })],
    ['measured by somebody else', reading({ performer: [other] })],
    ['as a beneficiary', { resourceType: 'Coverage', id: 'c', beneficiary: own, subscriber: other }],
    [
      'among participants',
      {
        resourceType: 'Appointment',
        participant: [{ actor: own }, { actor: { reference: 'Practitioner/1' } }, { type: [] }],
      },
    ],
    [
      'with a target value',
      { resourceType: 'Goal', subject: own, target: [{ measure: { text: 'weight' } }] },
    ],
    [
      'linked to what belongs together',
      { resourceType: 'Linkage', item: [{ resource: own }, { resource: { reference: 'Condition/1' } }] },
    ],
    [
      'in words about a result',
      { resourceType: 'Communication', subject: own, about: [{ reference: 'Observation/o' }] },
    ],
    ['although it names nobody', reading({ subject: undefined })],
    ['a practitioner, who is nobody’s', { resourceType: 'Practitioner', id: '1' }],
    ['a medication, which is nobody’s', { resourceType: 'Medication', id: '1' }],
    ['with an empty list of modifiers', reading({ modifierExtension: [] })],
    ['with an ordinary extension', reading({ extension: [{ url: 'https://example.org/x' }] })],
  ])('%s', (_how, resource) => {
    expect(isAbout(resource, about)).toBe(true)
  })
})

describe('J56 a resource that is not certainly about the patient is left out', () => {
  it.each([
    ['another patient', reading({ subject: other })],
    [
      'a patient of another organization',
      reading({ subject: { reference: 'https://x.example/fhir/Patient/p' } }),
    ],
    ['a patient below another base', reading({ subject: { reference: 'other/Patient/p' } })],
    ['a patient by a number alone', reading({ subject: { identifier: { value: '1' } } })],
    ['a patient by a name alone', reading({ subject: { display: 'John Doe' } })],
    [
      'somebody by a UUID',
      reading({ subject: { reference: 'urn:uuid:5cbd8b3e-0000-4000-8000-000000000000' } }),
    ],
    ['a group', reading({ subject: { reference: 'Group/1' } })],
    ['a device', reading({ subject: { reference: 'Device/1' } })],
    ['both of two', { resourceType: 'Account', subject: [own, other] }],
    ['one by subject and another by patient', reading({ patient: other })],
    ['another as its focus', reading({ focus: [{ reference: 'Patient/q' }] })],
    ['a device as its focus', reading({ focus: [own, { reference: 'Device/1' }] })],
    [
      'a fetus, by a code',
      reading({ extension: [{ url: focusCode, valueCodeableConcept: { text: 'fetus' } }] }),
    ],
    [
      'somebody contained',
      reading({ subject: { reference: '#p' }, contained: [{ resourceType: 'Patient', id: 'p' }] }),
    ],
    ['the patient, with somebody contained', reading({ contained: [{ resourceType: 'Patient', id: 'q' }] })],
    [
      'the patient, with a contained result of another',
      reading({ contained: [reading({ subject: other })] }),
    ],
    [
      'the patient, with a contained result with another focus',
      reading({ contained: [reading({ focus: other })] }),
    ],
    ['the patient, with something contained that is no resource', reading({ contained: ['x'] })],
    ['another patient itself', { resourceType: 'Patient', id: 'q' }],
    ['a device of another', { resourceType: 'Device', patient: other }],
    ['a provenance of another', { resourceType: 'Provenance', target: [other] }],
    [
      "a provenance of another organization's resource",
      { resourceType: 'Provenance', target: [own, { reference: 'https://other.example/fhir/Condition/c' }] },
    ],
    [
      "a contained provenance of another organization's resource",
      reading({
        contained: [
          { resourceType: 'Provenance', target: { reference: 'https://other.example/fhir/Condition/c' } },
        ],
      }),
    ],
    [
      'a provenance of something that has no address',
      {
        resourceType: 'Provenance',
        target: [{ reference: 'urn:uuid:6e0b32a3-6f0d-4f6c-9f2e-3a1f4f3f0a01' }],
      },
    ],
    ['a group appointment', { resourceType: 'Appointment', participant: [{ actor: own }, { actor: other }] }],
    ['a document of another', { resourceType: 'Bundle', entry: [{ resource: reading({ subject: other }) }] }],
    [
      'parameters, one of which is a resource',
      { resourceType: 'Parameters', parameter: [{ name: 'x', part: [{ resource: reading() }] }] },
    ],
    [
      'the patient, with something contained that contains a result of another',
      reading({ contained: [reading({ contained: [reading({ subject: other })] })] }),
    ],
    ['the patient, with a resource in an unknown place', reading({ valueX: reading({ subject: other }) })],
    ['two linked patients', { resourceType: 'Linkage', item: [{ resource: own }, { resource: other }] }],
    ['a message about another', { resourceType: 'MessageHeader', focus: [own, other] }],
    ['the patient, in words about another', { resourceType: 'Communication', subject: own, about: [other] }],
    [
      'the patient, asked about another',
      { resourceType: 'CommunicationRequest', subject: own, about: [other] },
    ],
    ['a task for another', { resourceType: 'Task', for: other }],
    ['another, of a type that is no text', { resourceType: { toString: 1 }, subject: other }],
    ['a reference that is no text', reading({ subject: { reference: ['Patient/p'] } })],
  ])('about %s', (_whom, resource) => {
    expect(isAbout(resource as Record<string, unknown>, about)).toBe(false)
  })

  it.each([
    ['of the resource', { modifierExtension: [{ url: 'https://example.org/not-done', valueBoolean: true }] }],
    ['of a part', { component: [{ valueString: '1', modifierExtension: [{ url: 'x' }] }] }],
    [
      'of something contained',
      { contained: [{ resourceType: 'Medication', modifierExtension: [{ url: 'x' }] }] },
    ],
    ['that is no list', { modifierExtension: { url: 'x' } }],
    ['of its rules', { implicitRules: 'https://example.org/other-meaning' }],
  ])('with an unknown modifier %s', (_where, change) => {
    expect(isAbout(reading(change), about)).toBe(false)
  })

  it('with a modifier at any depth, without a limit of its own', () => {
    let deep: object = { modifierExtension: [{ url: 'x' }] }
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(isAbout(reading({ extension: [{ valueList: deep }] }), about)).toBe(false)
  })
})

describe('J56 a client of one patient', () => {
  const answering = (...resources: object[]): Client => {
    const page = {
      bundle: {
        resourceType: 'Bundle',
        total: resources.length,
        entry: resources.map((resource) => ({ resource })),
      },
      address: `${fhirBase}/Observation`,
    }
    return {
      read: async () => (resources[0] as { resourceType: string }) ?? { resourceType: 'Patient' },
      search: async () => page,
      follow: async () => page,
    }
  }

  it('counts what it leaves out, and keeps the number of entries and what the server says', async () => {
    const remark = { resourceType: 'OperationOutcome' }
    const client = onlyAbout(answering(reading(), reading({ subject: other }), remark), { fhirBase }, 'p')
    const { bundle } = await client.search('Observation', {})
    expect(bundle.entry).toEqual([{ resource: reading() }, {}, { resource: remark }])
    await client.follow(`${fhirBase}/Observation?page=2`)
    expect(client.omitted()).toBe(2)
  })

  it('does not read a patient other than the one that was asked for', async () => {
    const client = onlyAbout(answering({ resourceType: 'Patient', id: 'q' }), { fhirBase }, 'p')
    await expect(client.read('Patient', 'p')).rejects.toMatchObject({ code: 'untrusted-answer' })
  })
})
