import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { redirectAddress } from '../../../values/extension-addresses.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { type OpenOrganization, startOpenOrganization } from '../../fakes/open-organization.ts'
import { type RecordingServer, type Reply, startRecordingServer } from '../../fakes/recording-server.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { clearBrowser, configure, createWorker, sitBeforeWindow, storedText } from '../../fixtures/worker.ts'

let riverside: TestOrganization
let lakeside: OpenOrganization

beforeAll(async () => {
  ;[riverside, lakeside] = await Promise.all([
    startOrganization({ demo: 'riverside' }),
    startOpenOrganization(),
  ])
})
afterAll(() => Promise.all([riverside.close(), lakeside.close()]))
beforeEach(clearBrowser)
afterEach(() => fakeBrowser.storage.managed.clear())

const labels = async (text: string, worker = createWorker()) =>
  (await worker.answers['find-organizations']({ text })).organizations.map(({ label }) => label)

describe('finding an organization', () => {
  it('finds by name and place, without a request to anyone', async () => {
    expect(await labels('hopital')).toEqual(['Hôpital Sainte-Marie'])
    expect(await labels('marie LYON')).toEqual(['Hôpital Sainte-Marie'])
    expect(await labels('nowhere')).toEqual([])
  })

  it('tells names that look alike apart by host, and cleans names', async () => {
    expect(await labels('springfield')).toEqual([
      'Lakeside Clinic (lakeside.example)',
      'Lakeside C1inic (1akeside.example)',
    ])
    expect(await labels('sunrise')).toEqual(['Sunrise Health'])
  })

  it('tells a listed organization apart from a provider of the same name that is already here', async () => {
    const worker = createWorker()
    const { id, ...provider } = await configure(worker, riverside.url)
    await worker.saveProvider({ ...provider, id, name: 'Sunrise Health' })
    expect(await labels('sunrise', worker)).toEqual([
      'Sunrise Health (sunrise.example)',
      `Sunrise Health (${new URL(riverside.url).host})`,
    ])
  })

  it('finds the one at a web address, under its own name', async () => {
    const address = `${riverside.url}/`
    expect(await createWorker().answers['find-organizations']({ text: address, address })).toEqual({
      organizations: [
        { name: 'Riverside Clinic', label: 'Riverside Clinic', fhirBase: `${riverside.url}/fhir` },
      ],
      total: 1,
    })
  })

  it('finds organizations in the list that was searched last', async () => {
    const brands = [{ name: 'Harbor Clinic', fhirBase: 'https://harbor.example/fhir' }]
    await items.brands.set({ address: 'https://lists.example/', etag: '1', brands })
    expect(await labels('harbor')).toEqual(['Harbor Clinic'])
  })

  it('leaves out organizations that the policy does not allow', async () => {
    await fakeBrowser.storage.managed.set({ allowedProviders: ['https://marie.example'] })
    expect(await labels('')).toEqual(['Hôpital Sainte-Marie'])
    await expect(
      createWorker().answers['find-organizations']({ text: '', address: riverside.url }),
    ).rejects.toMatchObject({ code: 'policy-forbids' })
  })
})

const add = (url: string, more: { clientId?: string; signInHost?: string } = {}, worker = createWorker()) =>
  worker.answers['add-provider']({ name: 'Some Clinic', fhirBase: `${url}/fhir`, ...more })

/** Mara signs in on the pages of Lakeside's own server, and allows everything that is requested. */
const maraSignsIn = () => {
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const agent = createUserAgent(lakeside.url)
    const consent = await agent.submit(await agent.open(url), { login: 'mara', password: 'any' })
    return (await agent.submit(consent, { prompt: 'consent' })).url.href
  }
}

/** A FHIR server whose sign-in addresses lie at `signIn`. */
const startServer = async (register: () => Reply, signIn?: string): Promise<RecordingServer> => {
  const server: RecordingServer = await startRecordingServer(({ path }) => {
    if (path === '/register') return register()
    if (path !== '/fhir/.well-known/smart-configuration') return { status: 404 }
    const base = signIn ?? server.origin
    return {
      body: {
        authorization_endpoint: `${base}/authorize`,
        token_endpoint: `${base}/token`,
        registration_endpoint: `${server.origin}/register`,
        code_challenge_methods_supported: ['S256'],
      },
    }
  })
  onTestFinished(server.close)
  return server
}

describe('adding an organization that registers applications by itself', () => {
  it('registers this installation once, as a public client with its own redirect address and the scopes of a sign-in', async () => {
    const worker = createWorker()
    const step = await add(lakeside.url, {}, worker)
    if (step.step !== 'sign-in') throw new Error(step.step)
    expect(lakeside.registered.at(-1)).toMatchObject({
      client_name: 'Carekey',
      redirect_uris: [redirectAddress(fakeBrowser.identity.getRedirectURL(), `${lakeside.url}/fhir`)],
      token_endpoint_auth_method: 'none',
      scope: step.scope,
    })
    expect(step.scope.split(' ')).not.toContain('client.register')

    maraSignsIn()
    await worker.signIn({ providerId: step.provider.id, purpose: 'record' })
    const { connections } = await worker.state()
    expect(connections).toMatchObject([{ signedIn: true, patient: { name: 'Mara Lake' } }])

    const count = lakeside.registered.length
    expect(await add(lakeside.url, {}, worker)).toMatchObject({ provider: { id: step.provider.id } })
    expect(lakeside.registered).toHaveLength(count)
  })

  it('registers once for two simultaneous clicks', async () => {
    const worker = createWorker()
    const count = lakeside.registered.length
    const both = await Promise.all([add(lakeside.url, {}, worker), add(`${lakeside.url}//..`, {}, worker)])
    const [one, other] = both.map((added) => (added.step === 'sign-in' ? added.provider.id : added.step))
    expect(one).toBe(other)
    expect(lakeside.registered).toHaveLength(count + 1)
    expect(await worker.registrations.list()).toHaveLength(1)
  })

  it('keeps the token of a registration even if the provider cannot be stored', async () => {
    const worker = createWorker()
    const { set } = fakeBrowser.storage.local
    onTestFinished(() => void Object.assign(fakeBrowser.storage.local, { set }))
    fakeBrowser.storage.local.set = (entries) =>
      'providers' in entries ? Promise.reject(new Error('There is no room.')) : set(entries)
    await expect(add(lakeside.url, {}, worker)).rejects.toThrow('room')
    expect(await worker.registrations.list()).toHaveLength(1)
  })

  it('lists the registration, whose token is sealed', async () => {
    const worker = createWorker()
    await add(lakeside.url, {}, worker)
    expect(await worker.registrations.list()).toMatchObject([
      { clientName: 'Carekey', organization: `Some Clinic (${new URL(lakeside.url).host})` },
    ])
    await worker.registrations.remove((await worker.registrations.list())[0]?.id ?? '')
    expect(await worker.registrations.list()).toEqual([])
  })
})

describe('adding an organization whose staff registers applications', () => {
  it('stores nothing and says what to register; a patient types only the Client ID that the organization gave', async () => {
    const worker = createWorker()
    const { scope, ...asked } = await add(riverside.url, {}, worker)
    expect(asked).toEqual({ step: 'register' })
    expect(scope).toContain('patient/*.rs')
    expect(await items.providers.get()).toEqual({})

    // A wrong one can be corrected.
    const wrong = await add(riverside.url, { clientId: 'mistyped' }, worker)
    const right = await add(riverside.url, { clientId: 'carekey' }, worker)
    if (wrong.step !== 'sign-in' || right.step !== 'sign-in') throw new Error('It asks again.')
    expect(right.provider).toMatchObject({ id: wrong.provider.id, clientId: 'carekey', hasSecret: false })
    sitBeforeWindow({ username: 'john' })
    await worker.signIn({ providerId: right.provider.id, purpose: 'record' })
    expect((await worker.state()).connections).toMatchObject([{ patient: { name: 'John Doe' } }])
  })

  it('does not change a configured provider; of several, it signs in with the one whose Client ID was typed', async () => {
    const worker = createWorker()
    const { id: _id, ...form } = await configure(worker, riverside.url, { clientSecret: 's' })
    const relay = { redirectUri: `${riverside.url}/_oauth/OAuth2Server` }
    await worker.saveProvider({ ...form, ...relay, clientId: 'carekey', clientSecret: 's' })
    const storage = await storedText('local')
    for (const clientId of ['', 'typed', 'carekey'])
      expect(await add(riverside.url, { clientId }, worker)).toMatchObject({
        step: 'sign-in',
        provider: { clientId: form.clientId, hasSecret: true },
      })
    expect(await storedText('local')).toBe(storage)

    const second = await worker.saveProvider({ ...form, clientId: 'second' })
    expect(await add(riverside.url, { clientId: 'second' }, worker)).toMatchObject({ provider: second })
  })

  it('corrects its own provider beside a configured one, until that one is configured as well', async () => {
    const worker = createWorker()
    const own = await add(riverside.url, { clientId: 'mistyped' }, worker)
    if (own.step !== 'sign-in') throw new Error(own.step)
    const { id } = own.provider
    const configured = await configure(worker, riverside.url, { clientId: 'theirs' })
    const right = await add(riverside.url, { clientId: 'carekey' }, worker)
    expect(right).toMatchObject({ provider: { id, clientId: 'carekey', addedOnFindPage: true } })
    expect((await worker.state()).providers).toContainEqual(
      expect.objectContaining({ id: configured.id, clientId: 'theirs' }),
    )

    await worker.answers['save-provider']({ ...own.provider, clientId: 'by hand' })
    await worker.answers['remove-provider']({ providerId: configured.id })
    const last = await add(riverside.url, { clientId: 'carekey' }, worker)
    expect(last).toMatchObject({ provider: { id, clientId: 'by hand' } })
  })

  it.each([400, 401, 403, 404])('asks for a Client ID if registration answers %i', async (status) => {
    const { origin } = await startServer(() => ({ status }))
    expect(await add(origin)).toMatchObject({ step: 'register' })
  })

  it.each([
    ['fails', { status: 503 }, 'server-failed'],
    ['gives no Client ID', { status: 201, body: {} }, 'untrusted-answer'],
  ])('stores nothing where registration %s', async (_what, reply, code) => {
    const { origin } = await startServer(() => reply)
    await expect(add(origin)).rejects.toMatchObject({ code })
    expect(await storedText('local')).not.toContain(origin)
  })
})

describe('the limits of adding an organization', () => {
  it('registers and stores nothing before the person agrees to sign in at another host', async () => {
    const other = await startServer(() => ({ status: 404 }))
    const server = await startServer(() => ({ status: 201, body: { client_id: 'c' } }), other.origin)
    const { host: signInHost } = new URL(other.origin)
    for (const agreed of [undefined, 'another.example'])
      expect(await add(server.origin, agreed ? { signInHost: agreed } : {})).toMatchObject({
        step: 'confirm',
        signInHost,
      })
    expect(server.requests.map(({ path }) => path)).not.toContain('/register')
    expect(await items.providers.get()).toEqual({})
    expect(await add(server.origin, { signInHost })).toMatchObject({ step: 'sign-in' })
  })

  it('sends no registration to a host other than the record’s and that of signing in', async () => {
    const third = await startServer(() => ({ status: 201, body: { client_id: 'c' } }))
    const server: RecordingServer = await startRecordingServer(({ path }) =>
      path === '/fhir/.well-known/smart-configuration'
        ? {
            body: {
              authorization_endpoint: `${server.origin}/authorize`,
              token_endpoint: `${server.origin}/token`,
              registration_endpoint: `${third.origin}/register`,
              code_challenge_methods_supported: ['S256'],
            },
          }
        : { status: 404 },
    )
    onTestFinished(server.close)
    await expect(add(server.origin)).rejects.toMatchObject({ code: 'foreign-endpoint' })
    expect(third.requests).toEqual([])
  })

  it.each([{ locked: ['providers'] }, { allowedProviders: ['https://clinic.example'] }])(
    'sends nothing under a policy with %j',
    async (policy) => {
      await fakeBrowser.storage.managed.set(policy)
      const server = await startServer(() => ({ status: 404 }))
      await expect(add(server.origin)).rejects.toMatchObject({ code: 'policy-forbids' })
      expect(server.requests).toEqual([])
    },
  )

  it('registers nothing under a policy that forbids registering applications', async () => {
    await fakeBrowser.storage.managed.set({ locked: ['applications'] })
    const count = lakeside.registered.length
    expect(await add(lakeside.url)).toMatchObject({ step: 'register' })
    expect(lakeside.registered).toHaveLength(count)
  })
})
