import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'

const REGISTERED = [
  'https://bare.example',
  'https://page.example/callback?from=here',
  'https://port.example:8443/',
  'https://usual.example:443/callback',
]

describe('S5 a page of another origin', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
    await clinic.store.write((trx) =>
      putClient(trx, {
        client_id: 'pages',
        // A name is not an address.
        client_name: 'https://named.example',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: REGISTERED,
      }),
    )
  })
  afterAll(() => clinic.close())

  const mayRead = async (path: string, origin: string) => {
    const { headers } = await fetch(`${clinic.url}${path}`, { method: 'POST', headers: { origin } })
    return headers.get('access-control-allow-origin') === origin
  }

  it.each([
    'https://bare.example',
    'https://page.example',
    'https://port.example:8443',
    'https://usual.example',
    'chrome-extension://dalpiflagoafecnakabbknjkoiiobpmf',
    'moz-extension://01234567-89ab-cdef-0123-456789abcdef',
  ])('may send requests from %s, where an application is registered', async (origin) => {
    expect(await mayRead('/oauth/token', origin)).toBe(true)
    expect(await mayRead('/fhir/Patient/_search', origin)).toBe(true)
  })

  it('may send the plain headers that libraries add, and a token', async () => {
    const { headers } = await fetch(`${clinic.url}/fhir/Patient`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://bare.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,x-medplum',
      },
    })
    expect(headers.get('access-control-allow-headers')).toBe('authorization, *')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
  })

  it.each([
    'https://bare.example.evil.test',
    'https://bare.exampl',
    'http://bare.example',
    'https://bare.example:8443',
    'https://port.example',
    'https://named.example',
    'https://%.example',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'null',
  ])('may not from %s', async (origin) => {
    expect(await mayRead('/oauth/token', origin)).toBe(false)
  })
})
