import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { fakeBrowser } from '../../fakes/browser.ts'
import { type RecordingServer, startRecordingServer } from '../../fakes/recording-server.ts'
import { clearBrowser, configure, createWorker, restartBrowser } from '../../fixtures/worker.ts'

beforeEach(clearBrowser)

interface Organization {
  /** Members of its answer to a registration. */
  registered?: Record<string, unknown>
  /** `token_endpoint_auth_methods_supported`. */
  supported?: string[]
  /** Requests for tokens that get `invalid_client`. */
  refuses?: 'basic' | 'all'
}

/** An organization that grants everything, and a person who allows it at once. */
const startGranting = async ({ registered, supported, refuses }: Organization): Promise<RecordingServer> => {
  const server: RecordingServer = await startRecordingServer(({ path, headers }) => {
    const isBasic = headers.authorization?.startsWith('Basic ') ?? false
    if (path === '/token' && (refuses === 'all' || (refuses === 'basic' && isBasic)))
      return {
        status: 401,
        body: { error: 'invalid_client' },
        headers: { 'content-type': 'application/json' },
      }
    if (path === '/reg')
      return { status: 201, body: { client_id: 'c', client_secret: 'a-secret', ...registered } }
    if (path === '/token')
      return {
        body: {
          ...{ access_token: 'access', refresh_token: 'refresh', token_type: 'Bearer', expires_in: 3600 },
          ...{ scope: 'launch/patient patient/*.rs offline_access', patient: 'p' },
        },
      }
    if (path === '/revoke') return {}
    if (path !== '/fhir/.well-known/smart-configuration') return { status: 404 }
    return {
      body: {
        authorization_endpoint: `${server.origin}/oauth/authorize`,
        token_endpoint: `${server.origin}/token`,
        revocation_endpoint: `${server.origin}/revoke`,
        registration_endpoint: `${server.origin}/reg`,
        code_challenge_methods_supported: ['S256'],
        ...(supported && { token_endpoint_auth_methods_supported: supported }),
      },
    }
  })
  onTestFinished(server.close)
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const { searchParams } = new URL(url)
    const answer = new URL(searchParams.get('redirect_uri') ?? '')
    answer.searchParams.set('code', 'code')
    answer.searchParams.set('state', searchParams.get('state') ?? '')
    return answer.href
  }
  return server
}

/** How the secret was sent with the code, with the refresh after a browser restart, and with the revocations. */
const methodsOf = (server: RecordingServer) => [
  ...new Set(
    server.requests
      .filter(({ path }) => path === '/token' || path === '/revoke')
      .map(({ path, form, headers }) => {
        const isBasic = headers.authorization?.startsWith('Basic ') ?? false
        const inForm = form.get('client_secret')
        return `${form.get('grant_type') ?? path} ${isBasic ? 'basic' : (inForm ?? 'none')}`
      }),
  ),
]

const everywhere = (how: string) => [`authorization_code ${how}`, `refresh_token ${how}`, `/revoke ${how}`]

const signInAndOut = async (worker: ReturnType<typeof createWorker>, providerId: string) => {
  const connectionId = await worker.signIn({ providerId, purpose: 'record' })
  await restartBrowser()
  await worker.sessions.renew(connectionId)
  await worker.answers['sign-out']({ connectionId })
}

it.each([
  ['client_secret_post', 'a-secret'],
  ['client_secret_basic', 'basic'],
  ['none', 'none'],
])('a secret is sent as the application was registered: %s', async (method, how) => {
  const server = await startGranting({
    registered: { token_endpoint_auth_method: method },
    supported: ['client_secret_basic', 'client_secret_post'],
  })
  const worker = createWorker()
  const step = await worker.answers['add-provider']({ name: 'Granting', fhirBase: `${server.origin}/fhir` })
  if (step.step !== 'sign-in') throw new Error(step.step)
  await signInAndOut(worker, step.provider.id)
  expect(methodsOf(server)).toEqual(everywhere(how))
})

it.each([
  [['client_secret_post', 'private_key_jwt'], 'a-secret'],
  [['client_secret_post', 'client_secret_basic'], 'basic'],
  [undefined, 'basic'],
])('a secret that was entered is sent as the organization supports it: %j', async (supported, how) => {
  const server = await startGranting(supported ? { supported } : {})
  const worker = createWorker()
  const { id } = await configure(worker, server.origin, { clientId: 'c', clientSecret: 'a-secret' })
  await signInAndOut(worker, id)
  expect(methodsOf(server)).toEqual(everywhere(how))
})

it('a new secret of the same application is sent by the same method as the old one', async () => {
  const server = await startGranting({ registered: { token_endpoint_auth_method: 'client_secret_post' } })
  const worker = createWorker()
  const step = await worker.answers['add-provider']({ name: 'Granting', fhirBase: `${server.origin}/fhir` })
  if (step.step !== 'sign-in') throw new Error(step.step)
  await worker.providers.replaceSecret(step.provider.id, 'new-one')
  await signInAndOut(worker, step.provider.id)
  expect(methodsOf(server)).toEqual(everywhere('new-one'))
})

it('a secret that is refused by Basic is sent in the form once, where that is offered, and from then on', async () => {
  const server = await startGranting({
    supported: ['client_secret_basic', 'client_secret_post'],
    refuses: 'basic',
  })
  const worker = createWorker()
  const { id } = await configure(worker, server.origin, { clientId: 'c', clientSecret: 'a-secret' })
  await signInAndOut(worker, id)
  expect(methodsOf(server)).toEqual(['authorization_code basic', ...everywhere('a-secret')])
  expect(server.requests.filter(({ form }) => form.get('grant_type') === 'authorization_code')).toHaveLength(
    2,
  )
})

it.each([[['client_secret_basic']], [undefined]])(
  'a secret that is refused by Basic is not sent in the form where %j is offered',
  async (supported) => {
    const server = await startGranting({ ...(supported && { supported }), refuses: 'basic' })
    const worker = createWorker()
    const { id } = await configure(worker, server.origin, { clientId: 'c', clientSecret: 'a-secret' })
    await expect(worker.signIn({ providerId: id, purpose: 'record' })).rejects.toMatchObject({
      code: 'wrong-credentials',
    })
    expect(methodsOf(server)).toEqual(['authorization_code basic'])
  },
)

it('a secret that is refused in both ways is sent twice, and not again', async () => {
  const server = await startGranting({
    supported: ['client_secret_basic', 'client_secret_post'],
    refuses: 'all',
  })
  const worker = createWorker()
  const { id } = await configure(worker, server.origin, { clientId: 'c', clientSecret: 'a-secret' })
  await expect(worker.signIn({ providerId: id, purpose: 'record' })).rejects.toMatchObject({
    code: 'wrong-credentials',
  })
  expect(methodsOf(server)).toEqual(['authorization_code basic', 'authorization_code a-secret'])
})
