import { afterAll, beforeAll, expect, test } from 'vitest'
import { randomFrom } from '../../../server/demo/random.ts'
import { riversideRecords } from '../../../server/demo/riverside.ts'
import { searchRecords } from '../../../server/fhir/search/search-records.ts'
import { FhirError } from '../../../server/fhir-error.ts'
import { indexedValues, valuesOfParameter } from '../../../server/query/indexed-values.ts'
import type { Json } from '../../../server/query/json-path.ts'
import { matches } from '../../../server/query/matches.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Query } from '../../../server/query/query.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, type TestDatabase } from '../../fixtures/store.ts'
import { crossLinkedRecords } from './cross-linked-records.ts'
import { BASE, type Row, randomParameter } from './random-parameter.ts'

const DAY = 86_400_000
const START = Date.UTC(2025, 0, 1)

/** Values that are easily compared wrongly. */
const oddRecords = [
  {
    resourceType: 'Patient',
    id: 'odd-1',
    name: [
      { text: 'ΟΔΥΣΣΕΥΣ_100%', given: ['Straße', 'Mary Ann'], family: 'García\\López' },
      { family: '  Ünal ' },
    ],
    birthDate: '1980',
    deceasedBoolean: true,
    identifier: [{ value: 'plain' }, { system: 'urn:a|b', value: '1,2' }],
    generalPractitioner: [{ reference: 'Practitioner/pr1' }, { reference: 'Organization/pr1' }],
  },
  { resourceType: 'Patient', id: 'odd-2', name: 'none', birthDate: '1980-02', active: false },
  ...[
    { value: 5.4, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
    { value: 5.4, comparator: '<', unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
    { value: 5.45, comparator: '>=', unit: 'milligram', code: 'mg' },
    { value: 5.35, unit: 'mg' },
    { value: -5.4e-9 },
  ].map((valueQuantity, at) => ({
    resourceType: 'Observation',
    id: `odd-quantity-${at}`,
    status: 'final',
    code: { coding: [{ code: 'x' }, { system: 'http://loinc.org', code: 'X' }] },
    subject: { reference: 'Patient/odd-1/_history/2' },
    performer: [{ reference: 'Patient/odd-2' }],
    effectivePeriod: [
      { start: '2024-05-01' },
      { end: '2024-05' },
      { start: '2024-04-30T23:00:00-02:00', end: '2024-05-02' },
    ][at],
    valueQuantity,
  })),
]

let database: TestDatabase
let store: Store
const rows: (Row & Parameters<typeof matches>[1])[] = []

beforeAll(async () => {
  database = await createDatabase('sqlite')
  store = await database.open()
  const demo = riversideRecords('2026-01-01').slice(0, 300)
  await store.write(async (trx) => {
    for (const [at, resource] of [...crossLinkedRecords, ...oddRecords, ...demo].entries()) {
      const lastUpdated = START + (at % 40) * DAY
      const content = resource as Json & { resourceType: string; id: string }
      const { resourceType: type, id } = content
      await putResource(trx, resource, lastUpdated)
      const values = indexedValues(type, content)
      rows.push({
        ...{ type, id, lastUpdated, values },
        valuesOf: (param) => valuesOfParameter(type, content, param),
      })
    }
  })
})
afterAll(async () => {
  await store.close()
  await database.close()
})

const parse = (type: string, parameters: URLSearchParams): Query | undefined => {
  try {
    return parseQuery(type, parameters, { base: BASE, strict: true })
  } catch (error) {
    if (error instanceof FhirError) return undefined
    throw error
  }
}

test('a filter matches the same resources as the SQL of the store does', async () => {
  const random = randomFrom('filters')
  const types = [...new Set(rows.map(({ type }) => type))] as [string, ...string[]]
  let foundCount = 0
  let parsed = 0
  for (let round = 0; round < 800; round++) {
    const type = round % 3 === 0 ? 'Observation' : random.pick(types)
    const parameters = new URLSearchParams([randomParameter(rows, type, random)])
    const query = parse(type, parameters)
    if (!query) continue
    parsed++
    const page = (await searchRecords(store.db, { ...query, count: 1_000, total: 'none' }, [{}])).openFor({
      concerned: [],
    })
    const bySql = page.resources.map(({ id }) => id).sort()
    const alone = rows.filter(
      (row) => row.type === type && query.filters.every((filter) => matches(filter, row)),
    )
    expect(alone.map(({ id }) => id).sort(), `${type}?${parameters}`).toEqual(bySql)
    if (bySql.length > 0) foundCount++
  }
  expect(parsed).toBeGreaterThan(500)
  expect(foundCount).toBeGreaterThan(300)
})
