import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fhirpath, { type Model } from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4/index.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchExamples } from '../../scripts/examples.ts'
import { patientTable } from '../../scripts/generate-patient-table.ts'
import { searchTable } from '../../scripts/generate-search-table.ts'
import { importFiles } from '../../server/cli/import/import-records.ts'
import { embeddedSource } from '../../server/fhir/embedded-source.ts'
import { isObject, type Json, valuesAt } from '../../server/query/json-path.ts'
import { SEARCH_PARAMETERS, type SearchParameter, STORED_TYPES } from '../../server/query/parameters.ts'
import { parseQuery } from '../../server/query/parse-query.ts'
import { localReference } from '../../server/query/reference.ts'
import { BASE, type GuardedServer, startGuarded } from '../integration/fhir/guarded-server.ts'

/** Every R4 example of a stored type, and all values that search should find it by. */
let folder: string
let server: GuardedServer
let resources: Stored[]

interface Stored {
  readonly type: string
  readonly id: string
  readonly content: Json
}

beforeAll(async () => {
  folder = await fetchExamples()
  const names = (await readdir(folder)).filter((name) =>
    ['Bundle', ...STORED_TYPES].some((type) => name.startsWith(`${type}-`)),
  )
  server = await startGuarded([])
  await importFiles(
    server.store,
    names.sort().map((name) => join(folder, name)),
    Date.now,
  )
  const rows = await server.store.db.selectFrom('resource').select(['type', 'id', 'json']).execute()
  resources = rows.map(({ type, id, json }) => ({ type, id, content: JSON.parse(json) as Json }))
}, 120_000)
afterAll(() => server?.close())

test('every example file of a stored type was imported', async () => {
  const heldIds = new Set(resources.map(({ type, id }) => `${type}/${id}`))
  for (const name of await readdir(folder)) {
    if (!STORED_TYPES.some((type) => name.startsWith(`${type}-`))) continue
    const { resourceType, id } = JSON.parse(await readFile(join(folder, name), 'utf8'))
    expect(heldIds, name).toContain(`${resourceType}/${id}`)
  }
  expect(new Set(resources.map(({ type }) => type))).toEqual(new Set(STORED_TYPES))
})

test('the tables are what the scripts generate from R4’s definitions', async () => {
  const table = await readFile('server/query/search-table.json', 'utf8')
  expect(await searchTable(folder)).toBe(table)
  expect(await patientTable(folder)).toBe(await readFile('server/query/patient-table.json', 'utf8'))
})

describe('the paths of the table', () => {
  const parameters = STORED_TYPES.flatMap((type) =>
    Object.entries(SEARCH_PARAMETERS[type] ?? {}).flatMap(([name, parameter]) =>
      parameter.paths ? [{ type, name, parameter, paths: parameter.paths }] : [],
    ),
  )

  test('find in every example the same values as R4’s own FHIRPath', async () => {
    const definitions = await definitionsIn(folder)
    let compared = 0
    for (const { type, name, parameter, paths } of parameters) {
      const expression = definitions.get(`${type}.${name}`)
      if (!expression) {
        expect(US_CORE).toContain(`${type}.${name}`)
        continue
      }
      // Part by part, because a union leaves out values that it takes for equal: 1e-245 for 1e-22.
      const official = expression
        .split('|')
        .map((part) => fhirpath.compile(evaluable(part), r4 as Model, { async: false }))
      for (const { id, content } of resources.filter((each) => each.type === type)) {
        const result = official
          .flatMap((part) => part(content) as unknown[])
          .filter((value) => isOf(parameter, value))
          .map(plain)
        const ours = paths.flatMap((path) => valuesAt(content, path)).map(plain)
        expect(new Set(ours), `${type}/${id} by ${name}`).toEqual(new Set(result))
        compared += ours.length
      }
    }
    expect(compared).toBeGreaterThan(2500)
  })
})

test('every value finds its resource, in each form in which it can be searched', async () => {
  const source = embeddedSource(server.store.db)
  const answers = new Map<string, Promise<Set<string>>>()
  const search = (type: string, query: string): Promise<Set<string>> => {
    const key = `${type}?${query}`
    const cached = answers.get(key) ?? ids(type, query)
    answers.set(key, cached)
    return cached
  }
  const ids = async (type: string, query: string) => {
    const parsed = parseQuery(type, new URLSearchParams(query), { base: BASE, strict: true })
    const result = await source.search({ ...parsed, count: 100_000 }, [{}])
    const page = result.openFor({ concerned: [] })
    return new Set(page.resources.map(({ id }) => id))
  }

  const lostResources: string[] = []
  let requestCount = 0
  for (const { type, id, content } of resources)
    for (const [name, parameter] of Object.entries(SEARCH_PARAMETERS[type] ?? {})) {
      if (parameter.kind === 'id' || parameter.kind === 'updated') continue
      const values = pathsOf(type, parameter)
        .flatMap((path) => valuesAt(content, path))
        .flatMap((value) => formsOf(parameter, value, BASE))
      for (const [modifier, value] of values.flat()) {
        const query = new URLSearchParams([[`${name}${modifier}`, value]]).toString()
        if (!(await search(type, query)).has(id)) lostResources.push(`${type}/${id} by ${query}`)
        requestCount++
      }
      const missing = values.length === 0
      if (!(await search(type, `${name}:missing=${missing}`)).has(id))
        lostResources.push(`${type}/${id} by ${name}:missing=${missing}`)
      if ((await search(type, `${name}:missing=${!missing}`)).has(id))
        lostResources.push(`${type}/${id} not by ${name}:missing=${missing}`)
    }
  expect(lostResources).toEqual([])
  expect(requestCount).toBeGreaterThan(8000)

  // Some of them are also sent through the whole server.
  const some = [...answers].filter((_, index) => index % 97 === 0)
  for (const [query, matches] of some) {
    const { status, json } = await server.get(`${query}&_count=200`, 'TC')
    expect(status, query).toBe(200)
    const { entry = [] }: { entry?: { resource: { id: string } }[] } = json
    expect(entry, query).toHaveLength(Math.min((await matches).size, 200))
    for (const { resource } of entry) expect(await matches, query).toContain(resource.id)
  }
  expect(some.length).toBeGreaterThan(30)
}, 120_000)

/** Parameters that R4 does not define. */
const US_CORE = [
  'CareTeam.role',
  'Condition.asserted-date',
  'Encounter.discharge-disposition',
  'Goal.description',
]

const pathsOf = (type: string, parameter: SearchParameter): readonly string[] =>
  parameter.paths ??
  (parameter.kind === 'reference' ? SEARCH_PARAMETERS[type]?.[parameter.index ?? '']?.paths : undefined) ??
  []

/** A modifier and a value. */
type Asked = readonly [modifier: string, value: string]

/** The forms in which each part of a value can be searched for; none if it cannot be. */
const formsOf = (parameter: SearchParameter, value: unknown, base: string): Asked[][] => {
  const text = (key: string, of = value) => (isObject(of) && typeof of[key] === 'string' ? of[key] : '')
  switch (parameter.kind) {
    case 'string': {
      const parts = isObject(value) ? Object.values(value).flat() : [value]
      return parts
        .filter((part): part is string => typeof part === 'string' && part.trim() !== '')
        .filter((part) => !isObject(value) || (part !== value.use && part !== value.type))
        .filter((part) => part.length < 300)
        .map((part) => [
          [':exact', escaped(part)],
          ['', escaped(part)],
          ['', escaped(part.slice(0, 4).trim().toUpperCase())],
          [':contains', escaped(part.trim().slice(-3).trim())],
        ])
    }
    case 'token': {
      const codings = isObject(value) && Array.isArray(value.coding) ? value.coding : [value]
      return codings.flatMap((coding): Asked[][] => {
        const code = isObject(coding) ? text('code', coding) || text('value', coding) : String(coding)
        if (code === '') return []
        const withSystem = `${escaped(text('system', coding))}|${escaped(code)}`
        return [
          isObject(coding)
            ? [
                ['', withSystem],
                ['', escaped(code)],
              ]
            : [['', escaped(code)]],
        ]
      })
    }
    case 'date': {
      if (typeof value === 'string') return [[['', value]]]
      const period = isObject(value) && isObject(value.repeat) ? value.repeat.boundsPeriod : value
      const events = isObject(value) && Array.isArray(value.event) ? value.event : []
      return [
        ...(text('start', period) ? [[['', `ge${text('start', period)}`] as Asked]] : []),
        ...(text('end', period) ? [[['', `le${text('end', period)}`] as Asked]] : []),
        ...events.map((event): Asked[] => [['', `ge${event}`]]),
      ]
    }
    case 'quantity': {
      if (!isObject(value) || typeof value.value !== 'number') return []
      const prefix = { '<': 'lt', '>': 'gt', '<=': 'le', '>=': 'ge' }[text('comparator')] ?? ''
      const amount = `${prefix}${value.value}`
      const forms: Asked[] = [['', amount]]
      if (text('unit')) forms.unshift(['', `${amount}||${escaped(text('unit'))}`])
      if (text('code')) forms.unshift(['', `${amount}|${escaped(text('system'))}|${escaped(text('code'))}`])
      return [forms]
    }
    case 'reference': {
      const target = localReference(text('reference'))
      const isAny = parameter.targets === '*'
      if (!target || !(isAny || parameter.targets.includes(target.type))) return []
      const searches: Asked[] = [
        ['', `${target.type}/${target.id}`],
        ['', `${base}/${target.type}/${target.id}`],
      ]
      const isHeld = !isAny || STORED_TYPES.includes(target.type)
      return [isHeld ? [...searches, ['', target.id], [`:${target.type}`, target.id]] : searches]
    }
    default:
      return []
  }
}

const escaped = (text: string) => text.replace(/[\\,|$]/g, '\\$&')

/** R4's SearchParameters, by type and name. */
const definitionsIn = async (directory: string): Promise<Map<string, string>> => {
  const definitions = new Map<string, string>()
  for (const name of await readdir(directory)) {
    if (!name.startsWith('SearchParameter-') || /-(extensions|genetic)-/.test(name)) continue
    const { code, base, expression } = JSON.parse(await readFile(join(directory, name), 'utf8'))
    for (const type of base)
      if (expression?.includes(`${type}.`)) definitions.set(`${type}.${code}`, expression)
  }
  return definitions
}

/**
 * In today's FHIRPath, `as` accepts one value; R4 means each of several. The types of a reference are in the table's `targets`.
 */
const evaluable = (expression: string) =>
  expression
    .replace(/\((\w[\w.]*) as (\w+)\)/g, '$1.ofType($2)')
    .replace(/\.as\((\w+)\)/g, '.ofType($1)')
    .replace(/\.where\(resolve\(\) is \w+\)/g, '')

/** Of a choice of types, those that this kind of parameter can compare. */
const isOf = ({ kind }: SearchParameter, value: unknown): boolean => {
  if (kind === 'date') return typeof value !== 'string' || /^\d{4}/.test(value)
  return kind !== 'quantity' || !isObject(value) || !('origin' in value)
}

const plain = (value: unknown): string => JSON.stringify(value)
