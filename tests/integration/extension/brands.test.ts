import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { searchBrands } from '../../../extension/administration/fetch-brands.ts'
import { allowRequests, endRequests } from '../../../extension/net/asking.ts'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, storedText } from '../../fixtures/worker.ts'

type Json = Record<string, unknown>

const PORTAL = 'http://hl7.org/fhir/StructureDefinition/organization-portal'

const organization = (id: string, name: string, more: Json = {}): Json => ({
  resource: { resourceType: 'Organization', id, name, ...more },
})
const endpoint = (id: string, address: string, more: Json = {}): Json => ({
  fullUrl: `https://brands.test/Endpoint/${id}`,
  resource: {
    resourceType: 'Endpoint',
    id,
    status: 'active',
    connectionType: { code: 'hl7-fhir-rest' },
    address,
    ...more,
  },
})
const at = (id: string) => ({ endpoint: [{ reference: `Endpoint/${id}` }] })

const entry = [
  organization('1', 'Hôpital Sainte-Marie', {
    address: [{ city: 'Lyon', country: 'FR' }],
    extension: [
      {
        url: PORTAL,
        extension: [
          { url: 'portalName', valueString: 'Mon dossier' },
          { url: 'portalUrl', valueUrl: 'https://portal.test/' },
          { url: 'portalLogo', valueUrl: 'https://tracker.test/logo.png' },
          { url: 'portalEndpoint', valueReference: { reference: 'https://brands.test/Endpoint/a' } },
        ],
      },
    ],
  }),
  organization('2', 'Sainte-Marie East', { partOf: { reference: 'Organization/1' } }),
  organization('3', 'Riverside Clinic', { ...at('b'), address: [{ city: 'Springfield', state: 'IL' }] }),
  organization('4', 'Script Clinic', {
    ...at('b'),
    extension: [{ url: PORTAL, extension: [{ url: 'portalUrl', valueUrl: 'javascript:alert(1)' }] }],
  }),
  organization('5', 'Closed Clinic', at('off')),
  organization('6', 'Private Clinic', at('private')),
  organization('7', 'Other Clinic', at('other')),
  organization('8', 'Circle', { partOf: { reference: 'Organization/8' } }),
  endpoint('a', 'https://marie.test/fhir/'),
  endpoint('b', 'https://riverside.test/fhir'),
  endpoint('off', 'https://off.test/fhir', { status: 'off' }),
  endpoint('private', 'https://10.0.0.1/fhir'),
  endpoint('other', 'https://other.test/', { connectionType: { code: 'dicom-wado-rs' } }),
]

let bundle: Json | string = {}
let etag: string | undefined
let server: RecordingServer

beforeAll(async () => {
  server = await startRecordingServer(({ headers }) =>
    etag !== undefined && headers['if-none-match'] === etag
      ? { status: 304, headers: { etag } }
      : { body: bundle, headers: etag === undefined ? {} : { etag } },
  )
})
afterAll(() => server.close())
beforeEach(async () => {
  await clearBrowser()
  bundle = { resourceType: 'Bundle', entry }
  etag = 'W/"1"'
})

const search = (text: string) => searchBrands({ url: `${server.origin}/brands.json`, text })
const names = async (text: string) => (await search(text)).brands.map(({ name }) => name)

describe('searching a list of organizations', () => {
  it('finds by name and place, in any case and with or without accents', async () => {
    expect(await names('hopital')).toEqual(['Hôpital Sainte-Marie'])
    expect(await names('clinic springfield')).toEqual(['Riverside Clinic'])
    expect(await names('nowhere')).toEqual([])
  })

  it('shows what a person needs to choose', async () => {
    expect((await search('lyon')).brands).toEqual([
      {
        name: 'Hôpital Sainte-Marie',
        place: 'Lyon, FR',
        portal: { name: 'Mon dossier', address: 'https://portal.test/' },
        fhirBase: 'https://marie.test/fhir',
      },
    ])
  })

  it('finds a place by the organization it is part of', async () => {
    expect((await search('east')).brands).toMatchObject([{ fhirBase: 'https://marie.test/fhir' }])
  })

  it('leaves out organizations without a sign-in, and addresses that are not followed', async () => {
    expect(await names('')).toEqual([
      'Hôpital Sainte-Marie',
      'Sainte-Marie East',
      'Riverside Clinic',
      'Script Clinic',
    ])
    expect((await search('script')).brands[0]).not.toHaveProperty('portal')
  })

  it('returns the first 20 of many, and the total', async () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      organization(`m${index}`, `Clinic ${index}`, at('b')),
    )
    bundle = { resourceType: 'Bundle', entry: [...many, endpoint('b', 'https://riverside.test/fhir')] }
    const { brands, total } = await search('clinic')
    expect([brands.length, total]).toEqual([20, 50])
  })

  it('checklist E14 downloads the list again only when it changed', async () => {
    await search('clinic')
    bundle = 'not sent again'
    expect(await names('riverside')).toEqual(['Riverside Clinic'])
    expect(server.requests.at(-1)?.headers['if-none-match']).toBe('W/"1"')
    etag = 'W/"2"'
    bundle = { resourceType: 'Bundle', entry: [] }
    expect(await names('riverside')).toEqual([])
  })

  it('loads no logo, and stores none', async () => {
    await search('lyon')
    expect(await storedText('local')).not.toContain('tracker.test')
  })

  it.each([
    ['a page', '<html>'],
    ['another resource', { resourceType: 'Patient' }],
    ['nothing', ''],
  ])('reports that %s is not a list', async (_name, body) => {
    bundle = body
    await expect(search('')).rejects.toMatchObject({ code: 'not-brands' })
  })

  it.each(['http://brands.test/', 'https://10.0.0.1/brands.json', 'brands'])(
    'requests nothing from %s',
    async (url) => {
      await expect(searchBrands({ url, text: '' })).rejects.toMatchObject({
        code: expect.stringMatching(/^(insecure|private)-address$|^invalid-input$/),
      })
    },
  )
})

describe('the list that a Carekey server publishes', () => {
  let riverside: TestOrganization
  beforeAll(async () => {
    riverside = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => riverside.close())
  afterEach(clearBrowser)

  it('checklist E14 leads to its FHIR base, and is requested by its ETag the second time', async () => {
    const ask = () => searchBrands({ url: `${riverside.url}/brands.json`, text: 'riverside springfield' })
    const place = 'Springfield, IL, US'
    const result = {
      brands: [{ name: 'Riverside Clinic', place, fhirBase: `${riverside.url}/fhir` }],
      total: 1,
    }
    expect(await ask()).toEqual(result)
    expect(await ask()).toEqual(result)
  })
})

it('F72 a list that is being read when the lock closes is read no further', async () => {
  bundle = { resourceType: 'Bundle', entry, padding: ' '.repeat(200_000) }
  const name = `parse:${new URL(server.origin).host}`
  const parsing = Promise.withResolvers<void>()
  const holding = navigator.locks.request(name, () => parsing.promise)
  const searching = expect(search('clinic')).rejects.toMatchObject({ code: 'locked' })
  const isWaiting = async () => (await navigator.locks.query()).pending?.some((each) => each.name === name)
  await expect.poll(isWaiting).toBe(true)
  endRequests()
  parsing.resolve()
  await Promise.all([searching, holding])
  allowRequests()
})
