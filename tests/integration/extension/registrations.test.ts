import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { redirectAddress } from '../../../values/extension-addresses.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { startRecordingServer } from '../../fakes/recording-server.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs, storedText } from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)

const redirectUriAt = (base: string) => redirectAddress(fakeBrowser.identity.getRedirectURL(), `${base}/fhir`)

const register = async () => {
  const worker = createWorker()
  const provider = await configure(worker, riverside.url)
  const { id: connectionId } = await signInAs(worker, provider, { username: 'admin' }, 'administer')
  const application = await worker.registrations.register({
    connectionId,
    clientName: 'Ward tablet',
    redirectUri: redirectUriAt(riverside.url),
  })
  const [client] = await worker.registrations.list()
  if (!client) throw new Error('Nothing is listed after registering.')
  return { worker, application, client }
}

/** The address at which its registration is changed from now on. */
const moveTo = (address: string) =>
  items.registrations.update((all) =>
    Object.fromEntries(Object.entries(all).map(([id, one]) => [id, { ...one, address }])),
  )

describe('an application that was registered from here', () => {
  it('is listed, and its registration access token is neither shown nor stored in clear', async () => {
    const { worker, application, client } = await register()
    expect(client).toEqual({
      id: expect.any(String),
      organization: expect.stringMatching(/^Riverside Clinic \(127\.0\.0\.1:\d+\)$/),
      clientId: application.clientId,
      clientName: 'Ward tablet',
      hasSecret: true,
      registeredAt: expect.any(Number),
    })
    const storedValue = Object.values(await items.registrations.get())[0]
    expect(Object.keys(storedValue?.sealed ?? {}).sort()).toEqual(['data', 'iv'])
    const text = (await storedText('local')) + (await storedText('session'))
    expect(text).not.toContain(application.clientSecret)
    expect(await worker.registrations.list()).toHaveLength(1)
  })

  it('gets another secret, which works; the old one does not', async () => {
    const { worker, application, client } = await register()
    const rotation = await worker.registrations.rotateSecret(client.id)
    expect(rotation.clientId).toBe(application.clientId)
    expect(rotation.clientSecret).toMatch(/.{20}/)
    expect(rotation.clientSecret).not.toBe(application.clientSecret)
    const old = await configure(worker, riverside.url, application)
    await expect(signInAs(worker, old, { username: 'john' })).rejects.toMatchObject({
      code: 'wrong-credentials',
    })
    const provider = await configure(worker, riverside.url, rotation)
    expect((await signInAs(worker, provider, { username: 'john' })).patient?.name).toBe('John Doe')
  })

  it('passes its new secret on to the provider that is configured with it', async () => {
    const { worker, application, client } = await register()
    const provider = await configure(worker, riverside.url, application)
    await worker.registrations.rotateSecret(client.id)
    expect((await signInAs(worker, provider, { username: 'john' })).patient?.name).toBe('John Doe')
  })

  it('is deleted at the organization, with its grants', async () => {
    const { worker, application, client } = await register()
    const provider = await configure(worker, riverside.url, application)
    const { id: connectionId } = await signInAs(worker, provider, { username: 'john' })
    await worker.registrations.remove(client.id)
    expect(await worker.registrations.list()).toEqual([])
    // The access token has expired, and no application exists any more that could renew it.
    await expect(worker.answers['access-log']({ connectionId })).rejects.toMatchObject({
      code: 'wrong-credentials',
    })
  })

  it('that was already deleted there is removed from the list', async () => {
    const { worker, client } = await register()
    const storedItem = await items.registrations.get()
    await worker.registrations.remove(client.id)
    await items.registrations.set(storedItem)
    await expect(worker.registrations.rotateSecret(client.id)).rejects.toMatchObject({
      code: 'registration-unknown',
    })
    await worker.registrations.remove(client.id)
    expect(await worker.registrations.list()).toEqual([])
  })

  it.each([
    ['shows it before', true],
    ['never shows it', false],
  ])(
    'F45 is reported to keep its old secret if a server that %s returns the old one again',
    async (_how, shows) => {
      const { worker, application, client } = await register()
      const { clientId: client_id, clientSecret: client_secret } = application
      const echoing = await startRecordingServer(({ method }) => ({
        body: { client_id, ...((shows || method === 'PUT') && { client_secret }) },
        headers: { 'content-type': 'application/json' },
      }))
      onTestFinished(echoing.close)
      await moveTo(echoing.origin)
      await expect(worker.registrations.rotateSecret(client.id)).rejects.toMatchObject({
        code: 'secret-unchanged',
      })
      expect(echoing.requests.map(({ method }) => method)).toEqual(['GET', 'PUT'])
    },
  )

  it('stays listed when the organization refuses, and can be forgotten here', async () => {
    const { worker, client } = await register()
    await moveTo(`${riverside.url}/oauth/token`)
    await expect(worker.registrations.remove(client.id)).rejects.toMatchObject({
      code: 'registration-refused',
    })
    expect(await worker.registrations.list()).toHaveLength(1)
    await worker.registrations.forget(client.id)
    expect(await worker.registrations.list()).toEqual([])
  })

  it('cannot be changed with a token that was sealed for another', async () => {
    const { worker, client } = await register()
    await items.registrations.update((all) => ({ other: { ...all[client.id], id: 'other' } as never }))
    await expect(
      worker.registrations.remove('other').then(() => worker.registrations.rotateSecret('other')),
    ).rejects.toMatchObject({
      code: 'registration-unknown',
    })
  })

  it('F46 that was forgotten does not come back with a late answer', async () => {
    const { worker, client } = await register()
    const arrival = Promise.withResolvers<void>()
    const forgetting = Promise.withResolvers<void>()
    const slow = await startRecordingServer(async () => {
      arrival.resolve()
      await forgetting.promise
      return {
        body: { client_id: client.clientId, registration_client_uri: 'x', registration_access_token: 'new' },
        headers: { 'content-type': 'application/json' },
      }
    })
    onTestFinished(slow.close)
    await moveTo(slow.origin)
    const rotating = expect(worker.registrations.rotateSecret(client.id)).rejects.toMatchObject({
      code: 'registration-unknown',
    })
    await arrival.promise
    await worker.registrations.forget(client.id)
    forgetting.resolve()
    await rotating
    expect(await worker.registrations.list()).toEqual([])
  })

  it('that was forgotten while its secret was being changed passes the new secret on to the page and its provider', async () => {
    const { worker, application, client } = await register()
    await configure(worker, riverside.url, application)
    const arrival = Promise.withResolvers<void>()
    const forgetting = Promise.withResolvers<void>()
    const slow = await startRecordingServer(async ({ method }) => {
      if (method === 'PUT') {
        arrival.resolve()
        await forgetting.promise
      }
      return {
        body: { client_id: client.clientId, ...(method === 'PUT' && { client_secret: 'the new one' }) },
        headers: { 'content-type': 'application/json' },
      }
    })
    onTestFinished(slow.close)
    await moveTo(slow.origin)
    const [provider] = (await worker.providers.list()).filter(
      ({ clientId }) => clientId === application.clientId,
    )
    const secretOf = async () => (await items.secrets.find(provider?.id ?? ''))?.data
    const before = await secretOf()
    const rotating = worker.registrations.rotateSecret(client.id)
    await arrival.promise
    await worker.registrations.forget(client.id)
    forgetting.resolve()
    expect(await rotating).toEqual({ clientId: client.clientId, clientSecret: 'the new one' })
    expect(await worker.registrations.list()).toEqual([])
    expect(before).toBeDefined()
    expect(await secretOf()).not.toEqual(before)
  })

  it('F46 is changed by one request at a time, each with the latest token', async () => {
    const { worker, client } = await register()
    let tokens = 0
    const renewing = await startRecordingServer(() => ({
      body: {
        client_id: client.clientId,
        client_secret: `secret ${++tokens}`,
        registration_client_uri: 'x',
        registration_access_token: `token${tokens}`,
      },
      headers: { 'content-type': 'application/json' },
    }))
    onTestFinished(renewing.close)
    await moveTo(renewing.origin)
    await Promise.all([1, 2].map(() => worker.registrations.rotateSecret(client.id)))
    expect(renewing.requests.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET', 'PUT'])
    expect(renewing.requests.slice(1).map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token1',
      'Bearer token2',
      'Bearer token3',
    ])
  })
})
