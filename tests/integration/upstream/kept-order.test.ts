import type { Bundle } from '@medplum/fhirtypes'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startMedplum, type TwistedServer } from '../../fakes/medplum-upstream.ts'
import { observation } from '../../fixtures/canary.ts'
import { type Gateway, startGateway } from './gateway.ts'

const DAY = 86_400_000
const dayAt = (at: number) => new Date(Date.UTC(2015, 0, 1) + at * 60 * DAY).toISOString()
/** Readings of ten years, stored oldest first, as most servers keep them. */
const readings = Array.from({ length: 60 }, (_, at) =>
  observation(`r-${String(at).padStart(3, '0')}`, 'pa', { effectiveDateTime: dayAt(at) }),
)
const people = ['Adams', 'Baker', 'Clark'].map((family) => ({
  ...{ resourceType: 'Patient', id: `${family}-1`, name: [{ family }] },
}))

let upstream: TwistedServer
let gateway: Gateway
beforeAll(async () => {
  upstream = await startMedplum([{ resourceType: 'Patient', id: 'pa' }, ...readings, ...people], {
    largestPage: 20,
  })
  gateway = await startGateway(upstream.base)
})
afterEach(() => {
  upstream.twist = {}
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const isUnsorted = ({ text }: { text: string }) => text.includes('did not sort it as asked')
const ignoresSort = { ask: (_type: string, parameters: URLSearchParams) => parameters.delete('_sort') }

test.each([
  'Observation?_sort=-date&_count=1',
  'Observation?_sort=-date&_count=50',
  'Patient?_sort=-name',
  'Patient?_sort=-_id',
])('where a server ignores _sort, the answer says so: %s', async (path) => {
  expect(isUnsorted(await gateway.get(path, 'TC'))).toBe(false)
  upstream.twist = ignoresSort
  expect(isUnsorted(await gateway.get(path, 'TC'))).toBe(true)
})

test('where a server ignores _sort, the operator is told', async () => {
  upstream.twist = ignoresSort
  const open = await startGateway(upstream.base)
  await open.get('Observation?_sort=-date', 'TA')
  expect(open.reports.join()).toMatch(/does not keep to the order.*"type":"Observation"/)
  await open.close()
})

/** Moves rows of a page, which becomes the last. */
const moved = (move: (entry: NonNullable<Bundle['entry']>) => NonNullable<Bundle['entry']>) => ({
  answer: (bundle: Bundle) => {
    bundle.entry = move(bundle.entry ?? [])
    delete bundle.link
  },
})

test('a later page that begins before the end of an earlier one is told', async () => {
  const first = await gateway.get('Observation?_sort=date&_count=25', 'TA')
  expect(isUnsorted(first)).toBe(false)
  const next = first.json.link.find(({ relation }: { relation: string }) => relation === 'next').url
  // It is in order for itself.
  upstream.twist = moved((entry) => {
    for (const [at, { resource }] of entry.entries())
      Object.assign(resource ?? {}, { effectiveDateTime: dayAt(at) })
    return entry
  })
  expect(isUnsorted(await gateway.get(next, 'TA'))).toBe(true)
})

test.each([
  ['days that another time zone may turn round', ['2020-05-02', '2020-05-01T20:00:00Z']],
  ['a month, and a day in it', ['2020-05-20', '2020-05']],
])('an order that may be right is not doubted: %s', async (_what, dates) => {
  upstream.twist = moved((entry) => {
    const rows = entry.slice(0, dates.length)
    for (const [at, { resource }] of rows.entries())
      Object.assign(resource ?? {}, { effectiveDateTime: dates[at] })
    return rows
  })
  expect(isUnsorted(await gateway.get('Observation?_sort=date', 'TA'))).toBe(false)
})

test.each([
  ['capitals first', ['B-1', 'a-1'], false],
  ['letters, whatever their case', ['a-1', 'B-1', 'c-1'], false],
  ['in no order', ['b-1', 'A-1'], true],
  ['capitals in no order', ['B-1', 'A-1'], true],
  ['a later one before both', ['B-1', 'c-1', 'A-1'], true],
])('ids are out of order only if they are by characters and by letters: %s', async (_what, ids, isOut) => {
  upstream.twist = moved((entry) => {
    const rows = entry.slice(0, ids.length)
    for (const [at, { resource }] of rows.entries()) Object.assign(resource ?? {}, { id: ids[at] })
    return rows
  })
  expect(isUnsorted(await gateway.get('Observation?_sort=_id', 'TA'))).toBe(isOut)
})
