import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Reach } from '../../../server/fhir/access/decide-access.ts'
import { searchRecords } from '../../../server/fhir/search/search-records.ts'
import { valuesOfParameter } from '../../../server/query/indexed-values.ts'
import { matches } from '../../../server/query/matches.ts'
import { PREFIXES } from '../../../server/query/parameters.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Query } from '../../../server/query/query.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { BASE } from './guarded-server.ts'

const SEED = Number(process.env.CAREKEY_SEED ?? Date.now() % 2 ** 31)

/** Days beside each other, and at the end of a month and of a year, so that an offset moves many values past one. */
const DAYS = ['2024-02-28', '2024-02-29', '2024-03-01', '2024-12-31', '2025-01-01']
const CLOCKS = ['00:00', '00:30', '09:59', '12:00:30', '14:00:00.000', '23:30', '23:59:59.999']
const OFFSETS = [
  'Z',
  '+00:00',
  '-00:00',
  '+14:00',
  '+14:59',
  '-12:00',
  '-14:59',
  '+05:45',
  '-07:00',
  '+02:00',
]
const zone = fc.constantFrom('', ...OFFSETS)
const date = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...DAYS), fc.constantFrom(...CLOCKS), zone) },
  { weight: 1, arbitrary: fc.constantFrom(...DAYS) },
  { weight: 1, arbitrary: fc.constantFrom('2024', '2024-02', '2024-12', '2025', '2025-01') },
)
const dateText = date.map((it) => (typeof it === 'string' ? it : `${it[0]}T${it[1]}${it[2]}`))

interface Reading {
  readonly effectiveDateTime?: string
  readonly effectivePeriod?: { readonly start?: string; readonly end?: string }
  readonly effectiveTiming?: { readonly event: readonly string[] }
}
const reading: fc.Arbitrary<Reading> = fc.oneof(
  dateText.map((effectiveDateTime) => ({ effectiveDateTime })),
  fc.tuple(fc.option(dateText), fc.option(dateText)).map(([start, end]) => ({
    effectivePeriod: { ...(start && { start }), ...(end && { end }) },
  })),
  fc.array(dateText, { minLength: 1, maxLength: 3 }).map((event) => ({ effectiveTiming: { event } })),
)
const search = fc.record({
  values: fc.array(
    fc.tuple(fc.constantFrom('', ...PREFIXES), dateText).map(([prefix, text]) => prefix + text),
    { minLength: 1, maxLength: 3 },
  ),
  reach: fc.constantFrom<'all' | 'record' | 'limit'>('all', 'record', 'limit'),
})

/** The first and the last millisecond that a text covers, as texts in one zone, whose order is that of time. */
type Span = readonly [first: string, last: string]

const HAS_ZONE = /T.*(Z|[+-]\d\d:\d\d)$/

const spanOfText = (text: string, asWritten: boolean): Span => {
  const offset = HAS_ZONE.exec(text)?.[1] ?? ''
  const clock = text.slice(0, text.length - offset.length)
  const first = clock + '0000-01-01T00:00:00.000'.slice(clock.length)
  const lastDay = clock.startsWith('2024-02') ? '29' : '31'
  const last = clock + `9999-12-${lastDay}T23:59:59.999`.slice(clock.length)
  if (asWritten || offset === '') return [first, last]
  return [utc(first + offset), utc(last + offset)]
}

/** JavaScript reads no offset of more than 14 hours as FHIR does. */
const utc = (text: string): string => {
  const [, clock = '', sign, hours, minutes] = /^(.*\.\d{3})(?:Z|([+-])(\d\d):(\d\d))$/.exec(text) ?? []
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000 * (sign === '-' ? -1 : 1)
  return new Date(Date.parse(`${clock}Z`) - offset).toISOString().slice(0, -1)
}

const around = (spans: readonly Span[]): Span => [
  spans.map(([first]) => first).sort()[0] ?? '',
  spans
    .map(([, last]) => last)
    .sort()
    .at(-1) ?? '',
]

const spanOf = (it: Reading, asWritten: boolean): Span | undefined => {
  const { start, end } = it.effectivePeriod ?? {}
  if (it.effectiveDateTime !== undefined) return spanOfText(it.effectiveDateTime, asWritten)
  if (it.effectiveTiming) return around(it.effectiveTiming.event.map((event) => spanOfText(event, asWritten)))
  if (start === undefined && end === undefined) return undefined
  const begun: Span = start === undefined ? ['', ''] : spanOfText(start, asWritten)
  const ended: Span = end === undefined ? ['~', '~'] : spanOfText(end, asWritten)
  return begun[0] <= ended[1] ? [begun[0], ended[1]] : around([begun, ended])
}

/** R4 search, prefixes. */
const isFound = (it: Reading, value: string): boolean => {
  const [, prefix = '', text = ''] = /^([a-z]*)(.*)$/.exec(value) ?? []
  const asWritten = !HAS_ZONE.test(text)
  const own = spanOf(it, asWritten)
  if (!own) return false
  const [[first, last], [from, to]] = [own, spanOfText(text, asWritten)]
  const isWithin = first >= from && last <= to
  return {
    '': isWithin,
    eq: isWithin,
    ne: !isWithin,
    gt: last > to,
    lt: first < from,
    ge: first >= from || last > to,
    le: last <= to || first < from,
    sa: first > to,
    eb: last < from,
  }[prefix] as boolean
}

const parse = (value: string): Query =>
  parseQuery(
    'Observation',
    new URLSearchParams([
      ['date', value],
      ['_count', '200'],
    ]),
    { base: BASE, strict: true },
  )

describe.each(engines)('on %s', (engine) => {
  const readings = fc.sample(reading, { numRuns: 150, seed: SEED }).map((it, at) => ({
    ...{ resourceType: 'Observation', id: `r${String(at).padStart(3, '0')}`, status: 'final' },
    ...{ code: { text: 'x' }, subject: { reference: 'Patient/pa' } },
    ...it,
  }))
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    process.stdout.write(`dates-as-written: CAREKEY_SEED=${SEED}\n`)
    database = await createDatabase(engine)
    store = await database.open()
    await store.write(async (trx) => {
      for (const each of readings) await putResource(trx, each, 1000)
    })
  })
  afterAll(async () => {
    await store.close()
    await database.close()
  })

  const idsOf = async (query: Query, reach: Reach): Promise<string[]> => {
    const page = (await searchRecords(store.db, query, reach)).openFor({ concerned: [] })
    return page.resources.map(({ id }) => id).sort()
  }

  /** Finds by a value: directly, in one record, or by a scope that the value limits. */
  const find = async (value: string, reach: 'all' | 'record' | 'limit'): Promise<string[]> => {
    const query = parse(value)
    if (reach !== 'limit') return idsOf(query, [reach === 'all' ? {} : { compartment: 'pa' }])
    const limits = query.filters.flatMap((filter) => (filter.kind === 'date' ? filter : []))
    return idsOf({ ...query, filters: [] }, [{ compartment: 'pa', limits: [limits] }])
  }

  test('a search finds by the dates as written, or by instants if it names a time zone', async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(search, async ({ values, reach }) => {
        const value = values.join(',')
        const { filters } = parse(value)
        const expected = readings.filter((each) => values.some((one) => isFound(each, one)))
        found += expected.length > 0 && expected.length < readings.length ? 1 : 0
        const alone = readings.filter(({ id, ...content }) =>
          filters.every((filter) =>
            matches(filter, {
              id,
              lastUpdated: 1000,
              valuesOf: (param) => valuesOfParameter('Observation', content, param),
            }),
          ),
        )
        expect(alone.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
        expect(await find(value, reach)).toEqual(expected.map(({ id }) => id))
      }),
      { numRuns: 400, seed: SEED },
    )
    expect(found).toBeGreaterThan(200)
  })
})
