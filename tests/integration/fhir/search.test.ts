import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GuardedServer, startGuarded } from './guarded-server.ts'

const coding = (system: string, code: string) => ({ coding: [{ system, code }] })

let server: GuardedServer
beforeAll(async () => {
  server = await startGuarded([
    {
      resourceType: 'Patient',
      id: 'jane',
      name: [{ given: ['Jane'], family: 'Doe' }],
      gender: 'female',
      birthDate: '1980-01-15',
      identifier: [{ system: 'urn:mrn', value: '100' }],
    },
    {
      resourceType: 'Patient',
      id: 'jane-mary',
      name: [{ given: ['Jane', 'Mary'], family: 'Doe-Smith', prefix: ['Dr.'] }],
      gender: 'female',
      birthDate: '1980-02',
      identifier: [{ system: 'urn:other', value: '100' }, { value: 'plain' }],
    },
    {
      resourceType: 'Patient',
      id: 'jose',
      name: [{ given: ['José'], family: 'Muñoz' }],
      gender: 'male',
      birthDate: '1979',
    },
    {
      resourceType: 'Patient',
      id: 'odd',
      name: 'not a HumanName',
      active: 7,
      birthDate: {},
      identifier: 'x',
    },
    { resourceType: 'Patient', id: 'comma', name: [{ family: 'Smith, Jr|100%_x' }] },
    {
      resourceType: 'Observation',
      id: 'weight',
      status: 'final',
      category: [coding('urn:cat', 'vital-signs')],
      code: coding('http://loinc.org', '29463-7'),
      subject: { reference: 'Patient/jane/_history/3' },
      effectiveDateTime: '2025-03-01T23:30:00-05:00',
      valueQuantity: { value: 70.5, unit: 'kg' },
    },
    {
      resourceType: 'Observation',
      id: 'period',
      status: 'amended',
      code: coding('http://loinc.org', '85354-9'),
      subject: { reference: 'Patient/jane' },
      effectivePeriod: { start: '2025-01-01', end: '2025-01-31' },
    },
    { resourceType: 'Observation', id: 'device', status: 'final', subject: { reference: 'Device/jane' } },
  ])
})
afterAll(() => server.close())

const find = async (path: string): Promise<string[]> => {
  const { status, json } = await server.get(path, 'TC', { headers: { prefer: 'handling=strict' } })
  expect(status).toBe(200)
  const ids = (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id)
  expect(json.total).toBe(ids.length)
  return ids.sort()
}

describe('Patient', () => {
  test.each([
    ['name=jane', ['jane', 'jane-mary']],
    ['name=JANE%20DOE', ['jane']],
    ['name=doe', ['jane', 'jane-mary']],
    ['name=dr', ['jane-mary']],
    ['name:exact=Jane%20Doe', ['jane']],
    ['name:exact=Jane%20Mary%20Doe-Smith', ['jane-mary']],
    ['name:exact=jane%20doe', []],
    ['name:exact=Jane', ['jane', 'jane-mary']],
    ['name:contains=mith', ['comma', 'jane-mary']],
    ['name=munoz', ['jose']],
    ['name=jos%C3%A9', ['jose']],
    ['name:exact=Jose%20Munoz', []],
    ['given=mary', ['jane-mary']],
    ['given=doe', []],
    ['family=Doe&given=Jane', ['jane', 'jane-mary']],
    ['family=mu%C3%B1oz,doe-s', ['jane-mary', 'jose']],
    ['family=smith%5C, jr', ['comma']],
    ['family:contains=0%25_', ['comma']],
    ['family:contains=%25', ['comma']],
    ['gender=female', ['jane', 'jane-mary']],
    ['gender=http://hl7.org/fhir/administrative-gender|male', ['jose']],
    ['identifier=100', ['jane', 'jane-mary']],
    ['identifier=urn:mrn|100', ['jane']],
    ['identifier=urn:mrn|', ['jane']],
    ['identifier=|plain', ['jane-mary']],
    ['identifier=|100', []],
    ['birthdate=1980-01-15', ['jane']],
    ['birthdate=1980', ['jane', 'jane-mary']],
    ['birthdate=1980-02-03', []],
    ['birthdate=ge1980-01-15', ['jane', 'jane-mary']],
    ['birthdate=gt1980-01-15', ['jane-mary']],
    ['birthdate=lt1980', ['jose']],
    ['birthdate=le1980-01-15', ['jane', 'jose']],
    ['birthdate=ne1980', ['jose']],
    ['birthdate=sa1979-12-31', ['jane', 'jane-mary']],
    ['birthdate=eb1980', ['jose']],
    ['birthdate=ge1979&birthdate=lt1980-02', ['jane', 'jose']],
    ['_id=jane,jose,nobody', ['jane', 'jose']],
    ['_id=jane&gender=male', []],
    ["_id=1'%20OR%20'1'='1", []],
    ["name=%25'%20--", []],
  ])('?%s', async (query, expected) => {
    expect(await find(`Patient?${query}`)).toEqual(expected)
  })

  test.each([
    'birthdate=ap1980',
    'birthdate=1980-02-30',
    'birthdate=ge2000-01-01T25:99',
    'identifier=a|b|c',
    'gender:not=male',
  ])('?%s is refused', async (query) => {
    expect((await server.get(`Patient?${query}`, 'TC')).status).toBe(400)
  })
})

describe('Observation', () => {
  test.each([
    ['patient=jane', ['period', 'weight']],
    ['subject=jane', ['device', 'period', 'weight']],
    ['subject=Device/jane', ['device']],
    ['subject:Device=jane', ['device']],
    ['patient=jane&code=http://loinc.org|29463-7', ['weight']],
    ['code=29463-7,85354-9', ['period', 'weight']],
    ['category=vital-signs', ['weight']],
    ['status=final', ['device', 'weight']],
    ['date=2025-03-01', ['weight']],
    ['date=2025-03-02', []],
    ['date=2025-03-01T23:30', ['weight']],
    ['date=2025-03-02T04:30', []],
    ['date=2025-03-01T23:30:00-05:00', ['weight']],
    ['date=2025-03-02T04:30:00Z', ['weight']],
    ['date=2025-03-01T23:30:00Z', []],
    ['date=2025-01', ['period']],
    ['date=2025-01-15', []],
    ['date=ge2025-01-15', ['period', 'weight']],
    ['date=sa2025-01-15', ['weight']],
    ['date=gt2025-01&date=lt2025-04', ['weight']],
  ])('?%s', async (query, expected) => {
    expect(await find(`Observation?${query}`)).toEqual(expected)
  })
})
