import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'
import { freePort } from '../../scripts/server-process.ts'

/**
 * An organization that is not ours: another authorization server, which registers any application, and a record of one patient.
 */
export interface OpenOrganization {
  readonly name: string
  readonly url: string
  /** The applications that were registered, as they are stored. */
  readonly registered: readonly Record<string, unknown>[]
  close(): Promise<void>
}

/** In seconds. */
const hour = 3600
const scopes = ['openid', 'offline_access', 'fhirUser', 'launch/patient', 'patient/*.rs', 'user/*.rs']

export const startOpenOrganization = async (name = 'Lakeside Clinic'): Promise<OpenOrganization> => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const registered: Record<string, unknown>[] = []
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const engine = new Provider(url, {
    scopes,
    claims: { openid: ['sub'], fhirUser: ['fhirUser', 'name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a test'] },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: '1' }] },
    features: { registration: { enabled: true }, registrationManagement: { enabled: true } },
    ttl: {
      AccessToken: hour,
      Grant: hour,
      IdToken: hour,
      Interaction: hour,
      RefreshToken: hour,
      Session: hour,
    },
    clientBasedCORS: () => true,
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: 'Mara Lake', fhirUser: `${url}/fhir/Patient/mara` }),
    }),
  })
  engine.on('registration_create.success', (_ctx, client) => registered.push({ ...client.metadata() }))
  engine.use(async (ctx, next) => {
    await next()
    // SMART App Launch: the token answer names the patient.
    if (ctx.oidc?.route === 'token' && ctx.status === 200)
      Object.assign(ctx.body as object, { patient: 'mara' })
  })

  const resources: Record<string, object> = {
    '/fhir/metadata': {
      resourceType: 'CapabilityStatement',
      implementation: { description: name, url: `${url}/fhir` },
    },
    '/fhir/.well-known/smart-configuration': {
      issuer: url,
      authorization_endpoint: `${url}/auth`,
      token_endpoint: `${url}/token`,
      registration_endpoint: `${url}/reg`,
      code_challenge_methods_supported: ['S256'],
      capabilities: ['launch-standalone', 'client-public', 'permission-v2'],
    },
    '/fhir/Patient/mara': {
      resourceType: 'Patient',
      id: 'mara',
      name: [{ given: ['Mara'], family: 'Lake' }],
    },
  }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? '/', url)
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*, authorization')
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    if (!pathname.startsWith('/fhir/')) return engine.callback()(request, response)
    const isPublic = /metadata|well-known/.test(pathname)
    const [, token = ''] = request.headers.authorization?.split(' ') ?? []
    if (!isPublic && !(await engine.AccessToken.find(token))) return response.writeHead(401).end()
    response.writeHead(200, { 'content-type': 'application/fhir+json' })
    const empty = { resourceType: 'Bundle', type: 'searchset', total: 0 }
    response.end(JSON.stringify(resources[pathname] ?? empty))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    name,
    url,
    registered,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
