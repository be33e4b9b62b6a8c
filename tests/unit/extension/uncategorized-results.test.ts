import { expect, it } from 'vitest'
import { onlyAbout } from '../../../extension/fhir/about-patient.ts'
import type { Client, Page, Parameters } from '../../../extension/fhir/client.ts'
import { readRecordList } from '../../../extension/fhir/read-list.ts'
import { type Code, ProblemError } from '../../../extension/messages/errors.ts'
import { riverside } from '../../fixtures/readings.ts'

const base = 'https://mock.example/fhir'
const access = { fhirBase: base, fetch: () => Promise.reject(new Error('Nothing is fetched here.')) }

const observation = (id: string, change: object = {}) => ({
  resourceType: 'Observation',
  id,
  code: { coding: [{ system: 'http://loinc.org', code: '2823-3' }] },
  valueQuantity: { value: '4.1', unit: 'mmol/L' },
  ...change,
})
const categorized = (code: string) => ({ category: [{ coding: [{ code }] }] })
const laboratory = observation('laboratory', categorized('laboratory'))

/** Reads the results of a server; `answer` is its answer to the search for those without a category. Also returns the searches. */
const read = async (
  answer: (parameters: Parameters, page: number) => object[] | Code,
  next = false,
  more: { anyCategory?: boolean; type?: 'Observation' | 'SocialHistory' } = {},
) => {
  const requests: Parameters[] = []
  let pages = 0
  const pageOf = (resources: object[]): Page => ({
    bundle: {
      resourceType: 'Bundle',
      entry: resources.map((resource) => ({ resource })),
      ...(next && { link: [{ relation: 'next', url: `${base}/Observation?page=${++pages}` }] }),
    },
    address: `${base}/Observation?page=${pages - 1}`,
  })
  const client: Client = {
    read: async () => ({ resourceType: 'Patient' }),
    search: async (_type, parameters) => {
      requests.push(parameters)
      if (parameters.category === 'laboratory,LAB')
        return {
          ...pageOf([laboratory]),
          bundle: { resourceType: 'Bundle', entry: [{ resource: laboratory }] },
        }
      const answered = answer(parameters, 0)
      if (typeof answered === 'string') throw new ProblemError(answered)
      return pageOf(answered)
    },
    follow: async () => pageOf(answer({}, pages) as object[]),
  }
  const list = await readRecordList(onlyAbout(client, access, 'p'), access, {
    patient: 'p',
    type: 'Observation',
    source: riverside,
    ...more,
  })
  return { list, asked: requests, pages, ids: list.entries.map(({ id }) => id) }
}

it('results without a category are shown, and marked if nothing else shows that they are laboratory results', async () => {
  const { list, ids, asked } = await read(() => [
    observation('plain'),
    observation('range', { referenceRange: [{ low: { value: '3.5' } }] }),
    observation('specimen', { specimen: { display: 'Blood' } }),
    observation('flag', { interpretation: [{ coding: [{ code: 'N' }] }] }),
  ])
  expect(asked[1]).toMatchObject({ patient: 'p', 'category:missing': 'true', _count: '100' })
  expect(ids).toEqual(['laboratory', 'plain', 'range', 'specimen', 'flag'])
  expect(list.entries.filter(({ unplaced }) => unplaced).map(({ id }) => id)).toEqual(['plain'])
  expect(list.cut).toBe(false)
})

it('vital signs and Observations of another category are not shown as results, whatever the server leaves in', async () => {
  const vital = (code: string) =>
    observation(code, { code: { coding: [{ system: 'http://loinc.org', code }] } })
  const { ids } = await read(() => [
    ...['85354-9', '8480-6', '29463-7', '8867-4', '9279-1', '72166-2'].map(vital),
    observation('smoking', categorized('social-history')),
    laboratory,
    observation('plain'),
  ])
  expect(ids).toEqual(['laboratory', 'plain'])
})

it('a server that refuses the search is asked for the newest Observations of all kinds', async () => {
  const { ids, asked } = await read((parameters) =>
    'category:missing' in parameters ? 'bad-request' : [observation('plain')],
  )
  expect(asked[2]).toEqual({ patient: 'p', _sort: '-date', _count: '100' })
  expect(ids).toEqual(['laboratory', 'plain'])
})

it('a grant that is limited to laboratory results shows those', async () => {
  const { ids, list } = await read(() => 'refused')
  expect([ids, list.cut]).toEqual([['laboratory'], false])
})

it('with a grant that names categories, nothing without a category is requested', async () => {
  const { ids, asked } = await read(() => [observation('plain')], false, { anyCategory: false })
  expect([ids, asked.length]).toEqual([['laboratory'], 1])
})

it('smoking and alcohol are found by category, and without a category by their codes', async () => {
  const smoking = (id: string, change = {}) =>
    observation(id, { code: { coding: [{ system: 'http://loinc.org', code: '72166-2' }] }, ...change })
  const { ids, asked, list } = await read(
    (parameters) =>
      parameters.category === 'social-history'
        ? [smoking('a', categorized('social-history'))]
        : [smoking('a', categorized('social-history')), smoking('b')],
    false,
    { type: 'SocialHistory' },
  )
  expect(ids).toEqual(['a', 'b'])
  expect(asked[1]?.code).toContain('http://loinc.org|74013-4')
  expect(list.entries.every(({ type, unplaced }) => type === 'SocialHistory' && !unplaced)).toBe(true)
})

it('200 Observations are searched, including those that are no results, and the list says that it was cut', async () => {
  const hundred = (_: Parameters, page: number) =>
    Array.from({ length: 100 }, (_each, index) =>
      observation(`${page} ${index}`, index === 0 ? {} : categorized('vital-signs')),
    )
  const { ids, list, pages } = await read(hundred, true)
  expect(ids).toHaveLength(3)
  expect(pages).toBeLessThanOrEqual(3)
  expect(list.cut).toBe(true)
})

it.each<Code>(['not-found', 'unreachable', 'too-large'])(
  'results that were read stay if those without a category fail with %s, and the list says so',
  async (code) => {
    const { list, ids } = await read(() => code)
    expect([ids, list.cut, list.warning?.code]).toEqual([['laboratory'], true, code])
  },
)

it('a lock that closes meanwhile ends the whole list', async () => {
  await expect(read(() => 'locked')).rejects.toMatchObject({ code: 'locked' })
})
