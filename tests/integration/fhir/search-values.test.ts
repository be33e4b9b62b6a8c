import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { putResource } from '../../fixtures/put-resource.ts'
import { engines } from '../../fixtures/store.ts'
import { type GuardedServer, START, startGuarded } from './guarded-server.ts'

const UCUM = 'http://unitsofmeasure.org'
const glucose = (id: string, valueQuantity: object) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '15074-8' }] },
  subject: { reference: 'Patient/pa' },
  valueQuantity: { unit: 'mmol', system: UCUM, code: 'mmol/L', ...valueQuantity },
})

describe.each(engines)('on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded(
      [
        { resourceType: 'Patient', id: 'pa', name: [{ family: 'Weiß' }], active: true },
        { resourceType: 'Patient', id: 'pb', gender: 'male', telecom: [{ system: 'phone', value: '555' }] },
        glucose('q5.34', { value: 5.34 }),
        glucose('q5.35', { value: 5.35 }),
        glucose('q5.44', { value: 5.44 }),
        glucose('q5.45', { value: 5.45 }),
        glucose('below6', { value: 6, comparator: '<' }),
        glucose('grams', { value: 5.4, unit: 'g', code: 'g' }),
        { resourceType: 'Observation', id: 'none', status: 'final', subject: { reference: 'Group/g' } },
        { resourceType: 'Goal', id: 'two', target: [{ dueDate: '2025-01-01' }, { dueDate: '2027-01-01' }] },
      ],
      engine,
    )
    await server.store.write((trx) =>
      putResource(trx, { resourceType: 'Patient', id: 'later' }, START + 86_400_000),
    )
  })
  afterAll(() => server.close())

  const find = async (query: string): Promise<string[]> => {
    const { status, json } = await server.get(query, 'TC')
    expect(status, query).toBe(200)
    return (json.entry ?? []).map((each: { resource: { id: string } }) => each.resource.id).sort()
  }

  test.each([
    ['5.4', ['grams', 'q5.35', 'q5.44']],
    ['5.40', ['grams']],
    ['5.4|http://unitsofmeasure.org|mmol/L', ['q5.35', 'q5.44']],
    ['5.4||mmol', ['q5.35', 'q5.44']],
    ['5.4||mmol/L', ['q5.35', 'q5.44']],
    ['5.4|urn:other|mmol/L', []],
    ['ne5.4||mmol', ['below6', 'q5.34', 'q5.45']],
    ['gt5.44||mmol', ['below6', 'q5.45']],
    ['ge5.44||mmol', ['below6', 'q5.44', 'q5.45']],
    ['lt5.35||mmol', ['below6', 'q5.34']],
    ['le5.35||mmol', ['below6', 'q5.34', 'q5.35']],
    ['sa5.44||mmol', ['q5.45']],
    ['eb5.35||mmol', ['q5.34']],
    ['ge6||mmol', []],
    ['5.34,5.45', ['q5.34', 'q5.45']],
  ])('value-quantity=%s finds %j', async (value, ids) => {
    expect(await find(`Observation?value-quantity=${encodeURIComponent(value)}`)).toEqual(ids)
  })

  test.each([
    ['Observation?value-quantity:missing=true', ['none']],
    ['Observation?subject:missing=false&value-quantity:missing=true', ['none']],
    ['Observation?patient:missing=true', ['none']],
    ['Observation?subject:missing=true', []],
    ['Patient?gender:missing=true', ['later', 'pa']],
    ['Patient?gender:missing=false', ['pb']],
    ['Patient?name:missing=false', ['pa']],
    ['Patient?name=WEISS', ['pa']],
    ['Patient?active=true', ['pa']],
    ['Patient?active=http://terminology.hl7.org/CodeSystem/special-values|true', ['pa']],
    ['Patient?telecom=phone|555', ['pb']],
    ['Patient?telecom=email|555', []],
    ['Patient?_lastUpdated=2026-01-01', ['pa', 'pb']],
    ['Patient?_lastUpdated=gt2026-01-01', ['later']],
    ['Patient?_lastUpdated=ge2026-01-01T00:00:00Z&_lastUpdated=lt2026-01-02', ['pa', 'pb']],
    // Each due date counts separately.
    ['Goal?target-date=2025-01-01', ['two']],
    ['Goal?target-date=2027', ['two']],
    ['Goal?target-date=2026', []],
  ])('%s finds %j', async (query, ids) => {
    expect(await find(query)).toEqual(ids)
  })

  test('values that fit no index are stored, and found by their other values', async () => {
    const long = 'x'.repeat(5000)
    await server.store.write((trx) =>
      putResource(
        trx,
        {
          resourceType: 'Patient',
          id: 'long',
          name: [{ family: `Long${long}`, given: ['nul\0'] }],
          identifier: [{ system: long, value: long }, { value: 'nul\0' }, { value: 'short' }],
        },
        START,
      ),
    )
    expect(await find(`Patient?family=Long${'x'.repeat(200)}`)).toEqual(['long'])
    expect(await find('Patient?identifier=short')).toEqual(['long'])
    const { json } = await server.get('Patient/long', 'TC')
    expect(json.identifier[0].value).toBe(long)
  })
})
