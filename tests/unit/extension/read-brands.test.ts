import { afterEach, expect, it, vi } from 'vitest'
import { readBrands } from '../../../extension/administration/read-brands.ts'
import { LONG_HOST, recordParsed } from '../../fixtures/long-host.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const bundle = (resources: object[]) => ({
  resourceType: 'Bundle',
  entry: resources.map((resource) => ({ resource })),
})
const endpoint = (id: string) => ({
  resourceType: 'Endpoint',
  id,
  status: 'active',
  connectionType: { code: 'hl7-fhir-rest' },
  address: `https://${id}.example/fhir`,
})
const facilities = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    resourceType: 'Organization',
    id: `f${index}`,
    name: `Facility ${index}`,
    partOf: { reference: 'Organization/parent' },
  }))
const parentWith = (references: { reference: string }[]) => ({
  resourceType: 'Organization',
  id: 'parent',
  name: 'Parent',
  endpoint: references,
})

it('F75 an organization that many belong to is read once, with 100 of its endpoints', async () => {
  let looks = 0
  const references = Array.from({ length: 1000 }, (_, index) => ({
    get reference() {
      looks++
      return `Endpoint/none${index}`
    },
  }))
  expect(await readBrands(bundle([parentWith(references), ...facilities(300)]))).toEqual([])
  expect(looks).toBeLessThanOrEqual(100)
})

it('F75 other tasks run between two organizations of a list', async () => {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 20))
  let turns = 0
  const others = setInterval(() => turns++)
  const result = await readBrands(
    bundle([endpoint('e'), parentWith([{ reference: 'Endpoint/e' }]), ...facilities(20)]),
  )
  clearInterval(others)
  expect(result).toHaveLength(21)
  expect(turns).toBeGreaterThanOrEqual(10)
})

it('a facility below five others is found by the organization above them, and not by itself', async () => {
  const chain = Array.from({ length: 8 }, (_, index) => ({
    resourceType: 'Organization',
    id: `c${index}`,
    name: `C${index}`,
    partOf: { reference: index === 0 ? 'Organization/parent' : `Organization/c${index - 1}` },
  }))
  const circle = { resourceType: 'Organization', id: 'o', name: 'O', partOf: { reference: 'Organization/o' } }
  const result = await readBrands(
    bundle([endpoint('e'), parentWith([{ reference: 'Endpoint/e' }]), ...chain, circle]),
  )
  expect(result.map(({ name }) => name)).toEqual(['Parent', 'C0', 'C1', 'C2', 'C3', 'C4'])
})

it('F75 a long name of a host never comes to `URL`: of an endpoint, or of a portal', async () => {
  const addresses = [`https://${LONG_HOST}/fhir`, `https://${encodeURIComponent(LONG_HOST)}/fhir`]
  const portal = (valueUrl: string) => ({
    url: 'http://fhir.example/organization-portal',
    extension: [{ url: 'portalUrl', valueUrl }],
  })
  const parsed = recordParsed()
  const brands = await readBrands(
    bundle([
      ...addresses.map((address, at) => ({ ...endpoint(`long${at}`), address })),
      endpoint('plain'),
      {
        ...parentWith(['long0', 'long1', 'plain'].map((id) => ({ reference: `Endpoint/${id}` }))),
        extension: addresses.map(portal),
      },
    ]),
  )
  expect(brands).toEqual([{ name: 'Parent', fhirBase: 'https://plain.example/fhir' }])
  expect(parsed.length).toBeGreaterThan(0)
  expect(parsed.filter((text) => text.length > 400)).toHaveLength(0)
})
