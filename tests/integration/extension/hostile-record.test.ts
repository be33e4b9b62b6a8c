import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { accessWith } from '../../../extension/auth/grant/access.ts'
import { onlyAbout } from '../../../extension/fhir/about-patient.ts'
import { createClient } from '../../../extension/fhir/client.ts'
import { searchPatients } from '../../../extension/fhir/find-patients.ts'
import { readVitals } from '../../../extension/fhir/read-vitals.ts'
import { searchset, sendFhir, weight } from '../../fixtures/fhir-answers.ts'
import {
  type Script,
  type ScriptedOrganization,
  startScriptedOrganization,
} from '../../fixtures/scripted-organization.ts'

let organization: ScriptedOrganization
let evil: ScriptedOrganization

beforeAll(async () => {
  organization = await startScriptedOrganization()
  evil = await startScriptedOrganization()
})
afterAll(async () => {
  await organization.close()
  await evil.close()
})
beforeEach(() => {
  organization.requests.length = 0
  evil.requests.length = 0
})

const source = { connectionId: 'c', name: 'S', host: 's.example', hue: 0 }

const open = (fhir: Script['fhir'] & {}) => {
  organization.script = { fhir }
  const waits: number[] = []
  const access = accessWith({ token: 'access' }, `${organization.url}/fhir`)
  const client = createClient(access, {
    sleep: async (milliseconds) => {
      waits.push(milliseconds)
    },
    random: () => 1,
  })
  return {
    waited: waits,
    vitals: () => readVitals(onlyAbout(client, access, 'p'), access, { patient: 'p', source }),
    patients: () => searchPatients(client, access, { family: 'A' }),
  }
}

it('E09 sends no token where a redirect points', async () => {
  const { vitals } = open((_request, response) => {
    response.writeHead(302, { location: `${evil.url}/fhir/Observation` }).end()
  })
  await expect(vitals()).rejects.toMatchObject({ code: 'redirected' })
  expect(evil.requests).toEqual([])
})

describe('E07 a link to the next page', () => {
  it.each([
    () => `${evil.url}/fhir?page=2`,
    () => organization.url.replace('http:', 'https:'),
    () => organization.url.replace('127.0.0.1', '127.0.0.1.evil.test'),
    () => organization.url.replace('127.0.0.1', '127.0.0.1@evil.test'),
    () => '//evil.test/',
    () => 'javascript:alert(1)',
    () => `${organization.url}/oauth/token`,
    () => '../admin',
  ])('%o is not followed, and the list says that it is incomplete', async (next) => {
    const { vitals, patients } = open((_request, response) =>
      sendFhir(response, searchset([weight('a')], next())),
    )
    const { weight: readings, cut, warning } = await vitals()
    expect(readings).toHaveLength(1)
    expect(cut).toBe(true)
    expect(warning?.code).toBe('foreign-link')
    expect(organization.requests).toHaveLength(1)
    const page = await patients()
    expect(page.next).toBeUndefined()
    expect(page.warning?.code).toBe('foreign-link')
    expect(evil.requests).toEqual([])
  })

  it('may be relative', async () => {
    const { vitals } = open(({ url }, response) =>
      sendFhir(
        response,
        url?.includes('page=2') ? searchset([weight('b')]) : searchset([weight('a')], '?page=2'),
      ),
    )
    expect((await vitals()).weight.map(({ id }) => id)).toEqual(['a', 'b'])
  })
})

it('F08 a next page is not requested if a server could read its address in another way', async () => {
  for (const path of ['..%2f..%2fadmin', '..%5cadmin', '..;/..;/admin', '%2e%2e/admin', 'Patient/%2e%2e/x']) {
    organization.requests.length = 0
    const { vitals } = open((_request, response) =>
      sendFhir(response, searchset([weight('a')], `${organization.url}/fhir/${path}?page=2`)),
    )
    expect((await vitals()).warning?.code, path).toBe('foreign-link')
    expect(organization.requests, path).toHaveLength(1)
  }
})

it('F08 no code path sends a token there either', async () => {
  organization.script = { fhir: (_request, response) => sendFhir(response, searchset([])) }
  const access = accessWith({ token: 'access' }, `${organization.url}/fhir`)
  const client = createClient(access)
  for (const path of ['/..%2fadmin', '/..;/admin', '//admin'])
    await expect(client.follow(`${organization.url}/fhir${path}`), path).rejects.toMatchObject({
      code: 'foreign-link',
    })
  await expect(client.read('Patient', '../../admin')).rejects.toMatchObject({ code: 'foreign-link' })
  expect(organization.requests).toEqual([])
})

describe('E08 paging', () => {
  it('stops at a page that is its own next page', async () => {
    const { vitals } = open(({ url }, response) =>
      sendFhir(response, searchset([weight('a')], `${organization.url}${url}`)),
    )
    await vitals()
    expect(organization.requests).toHaveLength(1)
  })

  it('stops when pages form a circle', async () => {
    const { vitals } = open(({ url }, response) =>
      sendFhir(response, searchset([weight('a')], url?.includes('page=a') ? '?page=b' : '?page=a')),
    )
    expect((await vitals()).cut).toBe(true)
    expect(organization.requests.length).toBeLessThan(5)
  })

  it('stops after 50 pages', async () => {
    let page = 0
    const { vitals } = open((_request, response) =>
      sendFhir(response, searchset([weight('a')], `?page=${page++}`)),
    )
    expect((await vitals()).cut).toBe(true)
    expect(organization.requests).toHaveLength(50)
  })

  it.each([
    ['says that there is more, and leads nowhere, is called cut', 3, true],
    ['gave all that it counted is whole', 2, false],
  ])('a list that %s', async (_what, total, cut) => {
    const { vitals } = open(({ url }, response) =>
      sendFhir(
        response,
        url?.includes('page=2')
          ? { ...searchset([weight('b')]), total }
          : { ...searchset([weight('a')], '?page=2'), total },
      ),
    )
    const result = await vitals()
    expect(result.weight).toHaveLength(2)
    expect(result.cut).toBe(cut)
    expect(result.warning?.code).toBe(cut ? 'list-incomplete' : undefined)
  })
})

describe('E22 an organization that is busy', () => {
  const busy = (status: number, headers: Record<string, string>) =>
    open((_request, response) => void response.writeHead(status, headers).end())

  it('is asked again at the time it names, three times in all', async () => {
    const { vitals, waited } = busy(429, { 'retry-after': '3' })
    await expect(vitals()).rejects.toMatchObject({ code: 'too-busy' })
    expect(waited).toEqual([3000, 3000])
    expect(organization.requests).toHaveLength(3)
  })

  it('is asked again at the date it names', async () => {
    const { vitals, waited } = busy(503, { 'retry-after': new Date(Date.now() + 20_000).toUTCString() })
    await expect(vitals()).rejects.toMatchObject({ code: 'too-busy' })
    expect(waited[0]).toBeGreaterThan(15_000)
    expect(waited[0]).toBeLessThanOrEqual(20_000)
  })

  it('is waited for a minute at most', async () => {
    const { vitals, waited } = busy(429, { 'retry-after': '999999' })
    await expect(vitals()).rejects.toMatchObject({ code: 'too-busy' })
    expect(waited).toEqual([60_000, 60_000])
  })

  it('is asked again after growing pauses when it names no time', async () => {
    const { vitals, waited } = busy(503, {})
    await expect(vitals()).rejects.toMatchObject({ code: 'too-busy' })
    expect(waited).toEqual([1000, 2000])
  })
})

describe('E23 an answer that is not FHIR', () => {
  it.each([
    ['an HTML page', '<html></html>', 'text/html', 'text/html'],
    ['plain text', 'hello', 'text/plain', 'text/plain'],
    ['nothing', '', 'application/fhir+json', 'application/fhir+json'],
    ['a JSON array', '[]', 'application/json', 'application/json'],
    ['XML', '<Bundle/>', 'application/fhir+xml', 'application/fhir+xml'],
    ['another resource', '{"resourceType":"Patient"}', 'application/fhir+json', 'Patient'],
    ['broken JSON', '{"resourceType":', 'application/fhir+json', 'application/fhir+json'],
  ])('but %s is reported as what it is', async (_what, body, type, named) => {
    const { vitals } = open((_request, response) => sendFhir(response, body, type))
    await expect(vitals()).rejects.toMatchObject({ code: 'not-fhir', details: { what: named } })
  })
})

it('E24 stops reading an answer of more than 20 MB', async () => {
  const { vitals } = open((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/fhir+json' })
    const chunk = ' '.repeat(1024 * 1024)
    const write = () => {
      if (!response.destroyed) response.write(chunk, () => setImmediate(write))
    }
    write()
  })
  await expect(vitals()).rejects.toMatchObject({ code: 'too-large' })
})

describe('E25 a senseless record', () => {
  const read = async (resources: unknown[]) =>
    (await open((_request, response) => sendFhir(response, searchset(resources))).vitals()).weight

  it.each([
    ['no value', { valueQuantity: undefined }],
    ['a list for a value', { valueQuantity: [] }],
    ['an object for a number', { valueQuantity: { value: {} } }],
    ['a word for a number', { valueQuantity: { value: 'heavy', unit: 'kg' } }],
    ['a weight below zero', { valueQuantity: { value: -81.2, unit: 'kg' } }],
    ['no date', { effectiveDateTime: undefined }],
    ['a date that is none', { effectiveDateTime: 'yesterday' }],
    ['another code', { code: { coding: [{ system: 'http://loinc.org', code: '1-1' }] } }],
    ['a text for its code', { code: 'weight' }],
    ['another type', { resourceType: 'Patient' }],
    ['no id', { id: undefined }],
    ['a status that says it is a mistake', { status: 'entered-in-error' }],
  ])('a reading with %s is left out', async (_what, change) => {
    expect((await read([weight('a', change), weight('b')])).map(({ id }) => id)).toEqual(['b'])
  })

  it('a senseless entry is left out too', async () => {
    expect(await read([null, 1, 'x', [], {}, weight('a')])).toHaveLength(1)
  })

  it('the older panel of a blood pressure is requested and read too', async () => {
    const part = (code: string, value: number) => ({
      code: { coding: [{ system: 'http://loinc.org', code }] },
      valueQuantity: { value, unit: 'mmHg' },
    })
    let codes: string | null = ''
    const { vitals } = open((request, response) => {
      codes = new URL(request.url ?? '', organization.url).searchParams.get('code')
      const code = { coding: [{ system: 'http://loinc.org', code: '55284-4' }] }
      const component = [part('8480-6', 128), part('8462-4', 82)]
      sendFhir(response, searchset([weight('w', { code, component, valueQuantity: undefined })]))
    })
    expect((await vitals()).bloodPressure).toMatchObject([{ value: '128/82', unit: 'mmHg' }])
    expect(codes).toContain('http://loinc.org|55284-4')
  })

  it('a calculated value is shown rounded as a scale would show it, beside the recorded one', async () => {
    const { vitals } = open((_request, response) =>
      sendFhir(
        response,
        searchset([weight('w', { valueQuantity: { value: 78.69266779592839, unit: 'kg' } })]),
      ),
    )
    expect((await vitals()).weight).toMatchObject([
      { value: '78.69', unit: 'kg', recorded: '78.69266779592839 kg' },
    ])
  })

  it('a decimal is shown as the record writes it', async () => {
    const text = JSON.stringify(searchset([weight('a')])).replace('81.2', '81.20')
    const { vitals } = open((_request, response) => sendFhir(response, text))
    expect((await vitals()).weight[0]?.value).toBe('81.20')
  })
})
