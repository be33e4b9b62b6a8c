import { SEARCH_PARAMETERS } from '../../server/query/parameters.ts'
import type { Store } from '../../server/store/store.ts'
import { BASE } from '../integration/fhir/guarded-server.ts'

/** Returns the same numbers from 0 to 1 for the same seed (mulberry32). */
export const randomOf = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface RandomRequest {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly path: string
  readonly headers: Record<string, string>
  readonly payload?: string
}

/** The CapabilityStatement's description of a type, as far as requests are made from it. */
interface Capability {
  readonly type: string
  readonly searchParam: readonly { name: string; type: string }[]
  readonly searchInclude?: readonly string[]
  readonly searchRevInclude?: readonly string[]
}

/** Values from the index, by type and parameter, because a request that finds nothing proves little. */
type Values = ReadonlyMap<string, readonly string[]>

export const indexedValues = async ({ db }: Store): Promise<Values> => {
  const values = new Map<string, string[]>()
  const add = (type: string, param: string, ...more: string[]) =>
    values.set(`${type}.${param}`, [...(values.get(`${type}.${param}`) ?? []), ...more])
  for (const row of await db.selectFrom('index_string').selectAll().execute())
    add(row.type, row.param, row.exact, row.exact.slice(0, 3))
  for (const row of await db.selectFrom('index_token').selectAll().execute())
    add(row.type, row.param, row.code, `${row.system}|${row.code}`, `${row.system}|`)
  for (const row of await db.selectFrom('index_date').selectAll().execute()) {
    const day = new Date(row.written_low).toISOString()
    add(row.type, row.param, day.slice(0, 10), day.slice(0, 7), day.slice(0, 4))
    add(row.type, row.param, new Date(row.low).toISOString())
  }
  for (const row of await db.selectFrom('index_quantity').selectAll().execute())
    add(row.type, row.param, `${row.low}`, `${row.low}||${row.unit}`, `${row.low}|${row.system}|${row.code}`)
  for (const row of await db.selectFrom('index_reference').selectAll().execute())
    add(row.type, row.param, `${row.target_type}/${row.target_id}`, row.target_id)
  return values
}

/** Makes requests from everything that a server says it answers, and some that it refuses. */
export const requestsFrom = (
  random: () => number,
  capabilities: readonly Capability[],
  values: Values,
  ids: ReadonlyMap<string, readonly string[]>,
) => {
  const chance = (of: number) => random() < of
  const pick = <T>(from: readonly T[]): T => {
    const one = from[Math.floor(random() * from.length)]
    if (one === undefined) throw new Error('Nothing to choose from.')
    return one
  }
  const times = <T>(most: number, make: () => T): T[] =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, make)

  const anyReference = (): string => {
    const type = pick([...ids.keys()])
    const id = chance(0.1) ? 'nobody' : pick(ids.get(type) ?? [])
    return pick([id, `${type}/${id}`, `${BASE}/${type}/${id}`])
  }

  const value = (type: string, { name, type: kind }: Capability['searchParam'][number]): string => {
    const parameter = SEARCH_PARAMETERS[type]?.[name]
    const index = (parameter?.kind === 'reference' && parameter.index) || name
    const cached = values.get(`${type}.${index}`)
    const one = (): string => {
      if (name === '_id') return chance(0.1) ? 'nobody' : pick(ids.get(type) ?? ['nobody'])
      if (kind === 'reference') return cached && chance(0.5) ? pick(cached) : anyReference()
      const prefix =
        kind === 'date' || kind === 'quantity'
          ? pick(['', '', '', 'lt', 'gt', 'le', 'ge', 'ne', 'sa', 'eb'])
          : ''
      if (name === '_lastUpdated') return `${prefix}${pick(['2026', '2026-01-01', '2025', '2027'])}`
      return prefix + (cached && chance(0.85) ? pick(cached) : pick(['none', '2025', '70', 'a']))
    }
    return [one(), ...(chance(0.25) ? times(3, one) : [])].join(',')
  }

  const filter = (capability: Capability): [string, string] => {
    const { type } = capability
    const parameter = pick(capability.searchParam)
    const { name, type: kind } = parameter
    if (chance(0.05)) return [`${name}:missing`, pick(['true', 'false'])]
    if (chance(0.04))
      return pick([
        [`${name}:not`, 'x'],
        ['subject:Patient.name', 'Familyb'],
        ['_has:Observation:subject:code', 'x'],
        ['unknown', 'x'],
      ])
    if (kind === 'string' && chance(0.3))
      return [`${name}:${pick(['exact', 'contains'])}`, value(type, parameter)]
    if (kind === 'reference' && chance(0.15)) return [`${name}:Patient`, pick(['pa', 'pb', 'Patient/pb'])]
    return [name, value(type, parameter)]
  }

  const control = ({ type, searchInclude = [], searchRevInclude = [] }: Capability): [string, string] => {
    const includes = [
      ...(searchInclude.length > 0 ? [['_include', pick(searchInclude)] as [string, string]] : []),
      ...(searchRevInclude.length > 0 ? [['_revinclude', pick(searchRevInclude)] as [string, string]] : []),
    ]
    return pick<[string, string]>([
      ...includes,
      ...includes,
      ['_count', pick(['0', '1', '2', '3', '5', '50'])],
      [
        '_sort',
        `${pick(['', '-'])}${pick(['_id', '_lastUpdated', type === 'Patient' ? pick(['name', 'birthdate']) : 'date'])}`,
      ],
      ['_total', pick(['none', 'accurate', 'estimate'])],
      ['_summary', pick(['count', 'count', 'false'])],
      ['_elements', pick(['id', 'status,code', 'name', type])],
    ])
  }

  const search = (): { type: string; query: URLSearchParams } => {
    const capability = pick(capabilities)
    const pairs = [...times(3, () => filter(capability)), ...times(2, () => control(capability))]
    return { type: capability.type, query: new URLSearchParams(pairs) }
  }

  const read = (): string => {
    const type = pick([...ids.keys()])
    return `${type}/${chance(0.05) ? 'nobody' : pick(ids.get(type) ?? [])}`
  }

  const single = (): string => {
    if (chance(0.25)) return read()
    if (chance(0.02)) return `${read()}/${pick(['_history', '_history/1', '$meta', 'Observation'])}`
    const { type, query } = search()
    return query.size === 0 ? type : `${type}?${query}`
  }

  return (): RandomRequest => {
    const conditional = chance(0.2) ? { 'if-none-match': pick(['W/"1"', '*', 'W/"2"']) } : {}
    const lenient = chance(0.1) ? { prefer: 'handling=lenient' } : {}
    const headers = { ...conditional, ...lenient }
    if (chance(0.06)) {
      const query = new URLSearchParams([
        ...(chance(0.5) ? [['_count', pick(['1', '3', '10'])] as [string, string]] : []),
        ...(chance(0.3)
          ? [
              ['_type', pick(['Observation', 'Patient,Coverage', 'Practitioner,Condition'])] as [
                string,
                string,
              ],
            ]
          : []),
        ...(chance(0.2) ? [['_since', pick(['2025', '2027'])] as [string, string]] : []),
      ])
      return {
        method: 'GET',
        headers,
        path: `Patient/${pick(['pa', 'pb', 'pb', 'nobody'])}/$everything?${query}`,
      }
    }
    if (chance(0.12)) {
      const { type, query } = search()
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      return {
        method: 'POST',
        headers: { ...headers, ...form },
        path: `${type}/_search`,
        payload: query.toString(),
      }
    }
    if (chance(0.08)) {
      const entry = [single(), ...times(4, single)].map((url) => ({ request: { method: 'GET', url } }))
      const payload = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry })
      return {
        method: 'POST',
        path: '',
        payload,
        headers: { ...headers, 'content-type': 'application/fhir+json' },
      }
    }
    return { method: chance(0.05) ? 'HEAD' : 'GET', path: single(), headers }
  }
}
