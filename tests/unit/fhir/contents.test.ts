import { describe, expect, it } from 'vitest'
import { membershipOf, SHARED } from '../../../server/query/compartment.ts'
import { contentsOf } from '../../../server/query/contents.ts'
import { elementsOfPatients, everyType, isPlain, spellings, withAt } from '../../fixtures/contained.ts'

const SHARED_TYPES = ['Location', 'Medication', 'Organization', 'Practitioner', 'PractitionerRole']

const foreignIn = (contained: unknown, owners = ['john'], type = 'Observation') =>
  contentsOf(type, { resourceType: type, id: 'whole', contained }, owners).foreign

describe('J14 a resource inside another one', () => {
  it('is judged in each of the elements of each R4 type, in each spelling of a reference', () => {
    expect(everyType.length).toBeGreaterThanOrEqual(144)
    for (const [type, path] of elementsOfPatients)
      for (const [spelling, value] of Object.entries(spellings('jane'))) {
        const inside = withAt(type, path, value)
        expect(foreignIn([inside]), `${type}.${path}, ${spelling}`).toMatch(
          isPlain(value) ? /of Patient\/jane$/ : /and it is unknown who/,
        )
      }
  })

  it('belongs to the whole if it names the same patient', () => {
    for (const [type, path] of elementsOfPatients)
      for (const [spelling, value] of Object.entries(spellings('john'))) {
        if (!isPlain(value)) continue
        expect(foreignIn([withAt(type, path, value)]), `${type}.${path}, ${spelling}`).toBeUndefined()
      }
  })

  it('belongs to the whole if it names nobody, a professional or another resource inside', () => {
    for (const [type, path] of elementsOfPatients) {
      if (type === 'Patient') continue
      for (const value of [
        {},
        { reference: '#' },
        { reference: '#inside' },
        { reference: 'Practitioner/lee' },
        { reference: 'https://other.example/fhir/Practitioner/lee' },
        { reference: 'https://other.example/fhir/Practitioner/lee', type: 'Practitioner' },
        { reference: 'https://other.example/fhir/Practitioner/lee/_history/3' },
        { reference: 'https://other.example/fhir/Practitioner/lee/' },
        { reference: `https://other.example${'/x'.repeat(900)}/Practitioner/lee` },
        { reference: 'Practitioner/lee/_history/3' },
        { reference: 'Practitioner/lee/' },
        { reference: 'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1' },
        { type: 'Practitioner', identifier: { value: '1' } },
        { reference: 'urn:uuid:6e0b32a3-6f0d-4f6c-9f2e-3a1f4f3f0a01', type: 'Practitioner' },
        { reference: 'urn:oid:1.2.3', type: 'Practitioner' },
      ])
        expect(
          foreignIn([withAt(type, path, value)]),
          `${type}.${path} ${JSON.stringify(value)}`,
        ).toBeUndefined()
      expect(foreignIn([{ resourceType: type, id: 'inside' }]), type).toBeUndefined()
    }
  })

  it('is a stranger if it is named by a display alone, where no professional can be meant', () => {
    const named = { display: 'Jane Doe' }
    expect(foreignIn([withAt('Observation', 'subject', named)])).toMatch(/unknown whose it is/)
    expect(foreignIn([withAt('Coverage', 'payor', { display: 'Medicare' })])).toBeUndefined()
  })

  it('is a stranger if it is a Patient that no link names, or a link names another', () => {
    expect(foreignIn([{ resourceType: 'Patient', id: 'john' }])).toBe(
      'a Patient, and it is unknown who that is',
    )
    const link = (reference: string) => [{ resourceType: 'Patient', link: [{ other: { reference } }] }]
    expect(foreignIn(link('Patient/jane'))).toBe('a Patient of Patient/jane')
    expect(foreignIn(link('Patient/john'))).toBeUndefined()
  })

  it.each([
    [[{ resourceType: 'Bundle', entry: [] }]],
    [[{ resourceType: 'Parameters' }]],
    [[{ resourceType: 'observation' }]],
    [[{ resourceType: 'toString' }]],
    [[{ resourceType: 1 }]],
    [[{ name: [{ family: 'Doe' }] }]],
    ['Patient/jane'],
    [{ resourceType: 'Nothing' }],
  ])('is a stranger if it is no resource that R4 has: %j', (contained) => {
    expect(foreignIn(contained)).toBe('something, and it is unknown what it is')
  })

  it('is judged at every place and depth', () => {
    const jane = withAt('Observation', 'subject', { reference: 'Patient/jane' })
    const deep = { resourceType: 'List', contained: [{ resourceType: 'Encounter', contained: [jane] }] }
    expect(foreignIn([deep])).toMatch(/of Patient\/jane$/)
    const elsewhere = {
      resourceType: 'Observation',
      id: 'whole',
      extension: [{ valueAnything: { entry: [jane] } }],
    }
    expect(contentsOf('Observation', elsewhere, ['john']).foreign).toMatch(/of Patient\/jane$/)
  })

  it('is judged in other types by every element that may name a patient', () => {
    for (const [type, path] of [
      ['Device', 'patient'],
      ['Task', 'for'],
      ['Contract', 'subject'],
      ['Binary', 'securityContext'],
    ] as const)
      for (const value of Object.values(spellings('jane')))
        expect(foreignIn([withAt(type, path, value)]), type).toBeDefined()
  })

  it('may be of any shared type', () => {
    for (const resourceType of SHARED_TYPES)
      for (const type of ['Observation', 'Patient', 'Medication', 'Organization'])
        expect(
          foreignIn([{ resourceType, id: 'inside' }], type === 'Observation' ? ['john'] : [], type),
        ).toBeUndefined()
  })

  it('is never a patient’s in a resource that is shared by all', () => {
    for (const [inside] of elementsOfPatients)
      expect(foreignIn([{ resourceType: inside }], [], 'Organization'), inside).toBeDefined()
    expect(foreignIn([{ resourceType: 'Substance' }], [], 'Medication')).toBeUndefined()
    expect(
      foreignIn([withAt('Device', 'patient', { reference: 'Patient/jane' })], [], 'Medication'),
    ).toBeDefined()
  })

  it('has to name each patient of the whole, or none', () => {
    const of = (...patients: string[]) =>
      withAt(
        'Coverage',
        'payor',
        patients.map((each) => ({ reference: `Patient/${each}` })),
      )
    expect(foreignIn([of('john', 'jane')], ['john', 'jane'])).toBeUndefined()
    expect(foreignIn([of('john')], ['john', 'jane'])).toBe('a Coverage of Patient/john alone')
    expect(foreignIn([of('john', 'jane')], ['john'])).toBe('a Coverage of Patient/jane')
  })

  it('is compared with the patients of the whole in one pass over them, however many both name', () => {
    const names = Array.from({ length: 2_000 }, (_, at) => `p${at}`)
    let reads = 0
    const owners = new Proxy(names, {
      get: (target, key, receiver) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads++
        return Reflect.get(target, key, receiver)
      },
    })
    const performer = names.map((name) => ({ reference: `Patient/${name}` }))
    expect(foreignIn([{ resourceType: 'Observation', performer }], owners)).toBeUndefined()
    expect(reads).toBe(names.length)
  })

  it('names the patients in whose log a read of the whole has to be', () => {
    const inside = [
      withAt('Observation', 'subject', { reference: 'Patient/jane' }),
      withAt('Patient', 'link.other', { reference: 'Patient/joe' }),
      withAt('Observation', 'subject', { reference: 'urn:uuid:1' }),
    ]
    const whole = { resourceType: 'Observation', contained: inside }
    for (const owners of [['john'], []])
      expect(contentsOf('Observation', whole, owners).patients.toSorted()).toEqual(['jane', 'joe'])
  })

  it('makes a resource that is in nobody’s record no stranger’s, as long as it names nobody', () => {
    expect(foreignIn([{ resourceType: 'Patient', id: 'newborn' }], [])).toBeUndefined()
    expect(foreignIn([withAt('Observation', 'subject', { reference: 'Patient/jane' })], [])).toBeDefined()
  })
})

it('J14 only the types of a list are shared by all, and any other type outside the compartment is nobody’s', () => {
  const shared = everyType.filter((type) => membershipOf(type) === SHARED)
  expect(shared.sort()).toEqual(SHARED_TYPES)
  for (const type of ['Binary', 'Task', 'Contract', 'ValueSet', 'Endpoint', 'a type of a later version'])
    expect(membershipOf(type), type).toEqual([])
})

it('J13 what a resource inside has not is not looked for, so that thousands of them cost what they hold', () => {
  let looks = 0
  const bare = (type: string) =>
    new Proxy(
      { resourceType: type },
      {
        getOwnPropertyDescriptor: (target, name) => {
          looks++
          return Reflect.getOwnPropertyDescriptor(target, name)
        },
      },
    )
  const looksOf = (type: string) => {
    looks = 0
    contentsOf('Observation', { resourceType: 'Observation', contained: [bare(type)] }, ['pa'])
    return looks
  }
  // A Contract names patients by 17 elements, an AllergyIntolerance by 3.
  expect(looksOf('Contract')).toBe(looksOf('AllergyIntolerance'))
})
