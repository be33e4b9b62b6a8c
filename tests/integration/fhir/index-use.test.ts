import { CompiledQuery } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Reach } from '../../../server/fhir/access/decide-access.ts'
import { includesQuery } from '../../../server/fhir/search/included-records.ts'
import { planOf, whereOf } from '../../../server/fhir/search/search-plan.ts'
import { modifiersOf, PREFIXES, SEARCH_PARAMETERS, STORED_TYPES } from '../../../server/query/parameters.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Store } from '../../../server/store/store.ts'
import { createDatabase, type TestDatabase } from '../../fixtures/store.ts'
import { BASE } from './guarded-server.ts'

let database: TestDatabase
let store: Store
beforeAll(async () => {
  database = await createDatabase('sqlite')
  store = await database.open()
})
afterAll(async () => {
  await store.close()
  await database.close()
})

const VALUES = {
  id: ['1'],
  string: ['x'],
  token: ['x', 'urn:x|x', 'urn:x|'],
  date: PREFIXES.map((prefix) => `${prefix}2024-05-01`),
  updated: PREFIXES.map((prefix) => `${prefix}2024-05-01`),
  quantity: PREFIXES.flatMap((prefix) => [`${prefix}5.4`, `${prefix}5.4||mg`, `${prefix}5.4|urn:x|mg`]),
  reference: ['1'],
} as const

/** Every search by one parameter, in each of its forms. */
const searches = (type: string): string[] =>
  Object.entries(SEARCH_PARAMETERS[type] ?? {}).flatMap(([name, parameter]) => [
    ...VALUES[parameter.kind].map((value) => `${name}=${value}`),
    ...modifiersOf(parameter).flatMap((modifier) =>
      modifier === 'missing'
        ? [`${name}:missing=true`, `${name}:missing=false`]
        : [`${name}:${modifier}=${VALUES[parameter.kind][0]}`],
    ),
  ])

const stepsOf = async (type: string, query: string, compartment?: string): Promise<string[]> => {
  const { filters } = parseQuery(type, new URLSearchParams(query), { base: BASE, strict: true })
  const reach = [compartment === undefined ? {} : { compartment }]
  const plan = planOf({ type, filters, reach, startsAt: compartment === undefined ? 0 : undefined })
  const { sql, parameters } = store.db
    .selectFrom('resource')
    .select(['key', 'json'])
    .where(whereOf(plan))
    .orderBy('key')
    .limit(21)
    .compile()
  const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])
  const { rows } = await store.db.executeQuery<{ detail: string }>(explained)
  return rows.map(({ detail }) => detail)
}

test.each(STORED_TYPES)('no search of %s by one parameter scans a table without its index', async (type) => {
  const queries = searches(type)
  expect(queries.length).toBeGreaterThan(10)
  for (const query of queries)
    for (const compartment of [undefined, 'pa']) {
      const steps = await stepsOf(type, query, compartment)
      expect(steps.length, query).toBeGreaterThan(0)
      expect(
        steps.filter((step) => step.startsWith('SCAN')),
        `${type}?${query}`,
      ).toEqual([])
    }
})

test('a search without parameters reads the resources of its type in their order', async () => {
  expect(await stepsOf('Observation', '')).toEqual([
    expect.stringMatching(/^SEARCH resource USING INDEX .*type=\?/),
  ])
})

test('a date is looked up in the index of instants if it names a time zone, and in that of written dates otherwise', async () => {
  for (const [value, column] of [
    ['2024-05-01', 'written_low'],
    ['2024-05-01T10:00Z', 'low'],
  ] as const)
    expect(await stepsOf('Observation', `date=${value}`), value).toContainEqual(
      expect.stringContaining(`(type=? AND param=? AND ${column}>? AND ${column}<?)`),
    )
})

test('J13 several codes are looked up by their codes, also if they have a system, or none', async () => {
  for (const codes of ['a,b', 'urn:x|a,urn:x|b', '|a,|b', 'a,urn:x|b'])
    expect(await stepsOf('Patient', `identifier=${codes}`), codes).toContainEqual(
      expect.stringMatching(/SEARCH .*code=\?/),
    )
})

test('J13 of one record, each resource is compared with all that a _revinclude may refer to, and none is looked up for each of them', async () => {
  const include = {
    direction: 'in',
    source: 'Observation',
    param: 'performer',
    targets: ['Practitioner'],
  } as const
  const page = Array.from({ length: 200 }, (_, key) => ({ key, id: `p${key}` }))
  const stepsWithin = async (reach: Reach) => {
    const query = includesQuery(store.db, [include], page, () => reach)?.compile() ?? expect.fail()
    const explained = CompiledQuery.raw(`explain query plan ${query.sql}`, [...query.parameters])
    const { rows } = await store.db.executeQuery<{ detail: string }>(explained)
    return rows.flatMap(({ detail }) =>
      detail.includes('found') && detail.startsWith('SEARCH') ? detail : [],
    )
  }
  const [ofRecord] = await stepsWithin([{ compartment: 'pa' }])
  expect(ofRecord).toContain('(key=? AND param=? AND target_type=?)')
  const [ofAll] = await stepsWithin([{}])
  expect(ofAll).toContain('target_id=?')
})
