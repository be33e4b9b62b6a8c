import { randomBytes } from 'node:crypto'
import { generateKeyPair, SignJWT } from 'jose'
import { type Recorded, type Reply, startRecordingServer } from './recording-server.ts'

/** Made once for a process, because that takes a tenth of a second or more. Nobody verifies its signatures. */
let key: ReturnType<typeof generateKeyPair> | undefined
const signingKey = () => {
  key ??= generateKeyPair('RS256')
  return key
}

/** Replaces the usual answer of one address. */
export type Script = (request: Recorded, usual: () => Promise<Reply>) => Reply | Promise<Reply>

/** An organization that behaves correctly until a test scripts it: discovery, a sign-in without a person, one patient. */
export interface MockProvider {
  readonly origin: string
  readonly name: string
  /** Requests to this address, without CORS preflights. */
  requestsTo(path: string): Recorded[]
  /** All requests, without CORS preflights. */
  requests(): Recorded[]
  /** `OPTIONS /path` scripts the preflight. */
  script(path: string, script: Script): void
  /** Behaves correctly again. */
  unscript(path: string): void
  /** The codes and tokens that it has issued, by kind. */
  readonly given: Readonly<Record<'code' | 'access' | 'refresh' | 'id', string[]>>
  close(): Promise<void>
}

export const ADDRESSES = {
  authorize: '/oauth/authorize',
  token: '/oauth/token',
  revoke: '/oauth/revoke',
  patient: '/fhir/Patient/mara',
  observations: '/fhir/Observation',
} as const

/** The refresh tokens that were sent to it, in order. */
export const renewals = (mock: MockProvider): string[] =>
  mock.requestsTo(ADDRESSES.token).flatMap(({ form }) => form.get('refresh_token') ?? [])

/** @param otherwise answers every address that no test scripted, in place of `usual`. */
export const startMockProvider = async ({
  name = 'Mock Clinic',
  otherwise = (_request, usual) => usual(),
}: {
  name?: string
  otherwise?: Script
} = {}): Promise<MockProvider> => {
  const scripts = new Map<string, Script>()
  const given = { code: [] as string[], access: [] as string[], refresh: [] as string[], id: [] as string[] }
  const nonces = new Map<string, string>()

  const give = (kind: keyof typeof given, value = `${kind}-${randomBytes(24).toString('base64url')}`) => {
    given[kind].push(value)
    return value
  }

  const authorize = ({ query }: Recorded): Reply => {
    const code = give('code')
    nonces.set(code, query.get('nonce') ?? '')
    const location = new URL(query.get('redirect_uri') ?? '')
    location.search = String(
      new URLSearchParams({ code, state: query.get('state') ?? '', iss: server.origin }),
    )
    return { status: 302, headers: { location: location.href } }
  }

  const token = async ({ form }: Recorded): Promise<Reply> => {
    const idToken = await new SignJWT({
      nonce: nonces.get(form.get('code') ?? ''),
      name: 'Mara Mock',
      fhirUser: `${server.origin}/fhir/Patient/mara`,
    })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(server.origin)
      .setAudience('mock-client')
      .setSubject('mara')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign((await signingKey()).privateKey)
    return json({
      access_token: give('access'),
      refresh_token: give('refresh'),
      id_token: give('id', idToken),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'openid fhirUser offline_access launch/patient patient/*.rs',
      patient: 'mara',
    })
  }

  const usual = async (request: Recorded): Promise<Reply> => {
    switch (request.path) {
      case '/fhir/.well-known/smart-configuration':
      case '/.well-known/openid-configuration':
        return json(discovery(server.origin))
      case ADDRESSES.authorize:
        return authorize(request)
      case ADDRESSES.token:
        return token(request)
      case ADDRESSES.revoke:
        return json({})
      case ADDRESSES.patient:
        return { body: PATIENT }
      case ADDRESSES.observations:
        return { body: searchset([WEIGHT]) }
      default:
        return request.path.startsWith('/fhir/') ? { body: searchset([]) } : { status: 404, body: '' }
    }
  }

  const server = await startRecordingServer((request) => {
    if (request.method === 'OPTIONS') {
      const preflight = async () => ({ status: 204 })
      return scripts.get(`OPTIONS ${request.path}`)?.(request, preflight) ?? preflight()
    }
    const answer = () => usual(request)
    return (scripts.get(request.path) ?? otherwise)(request, answer)
  })
  const requests = () => server.requests.filter(({ method }) => method !== 'OPTIONS')
  return {
    origin: server.origin,
    name,
    given,
    requests,
    requestsTo: (path) => requests().filter((it) => it.path === path),
    script: (path, script) => void scripts.set(path, script),
    unscript: (path) => void scripts.delete(path),
    close: server.close,
  }
}

const json = (body: object): Reply => ({ body, headers: { 'content-type': 'application/json' } })

const discovery = (origin: string) => ({
  issuer: origin,
  authorization_endpoint: `${origin}${ADDRESSES.authorize}`,
  token_endpoint: `${origin}${ADDRESSES.token}`,
  revocation_endpoint: `${origin}${ADDRESSES.revoke}`,
  authorization_response_iss_parameter_supported: true,
  code_challenge_methods_supported: ['S256'],
  id_token_signing_alg_values_supported: ['RS256'],
  capabilities: ['launch-standalone', 'permission-v2'],
})

const PATIENT = {
  resourceType: 'Patient',
  id: 'mara',
  name: [{ given: ['Mara'], family: 'Mock' }],
  birthDate: '1980-01-15',
}

const WEIGHT = {
  resourceType: 'Observation',
  id: 'weight',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  subject: { reference: 'Patient/mara' },
  effectiveDateTime: '2025-03-01T10:00:00Z',
  valueQuantity: { value: 71.5, unit: 'kg' },
}

const searchset = (resources: object[]) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: resources.length,
  entry: resources.map((resource) => ({ resource })),
})
