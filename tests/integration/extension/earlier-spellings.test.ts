import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findLaunching } from '../../../extension/auth/sign-in/begin-launch.ts'
import { items, type SavedProvider } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, createWorker, signInAs } from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)
afterEach(() => fakeBrowser.storage.managed.clear())

const base = 'https://clinic.example/fhir'
const stored: SavedProvider = {
  id: 'clinic',
  name: 'Clinic',
  hue: 0,
  fhirBase: 'https://clinic.example./fhir',
  clientId: 'carekey',
  authorizationEndpoint: 'https://clinic.example./authorize',
  redirectUri: '',
}

/** A worker with a provider and its secret, as an earlier version stored them. */
const createLaterWorker = async () => {
  await items.providers.put(stored.id, stored)
  const worker = createWorker()
  await worker.providers.replaceSecret(stored.id, 'secret')
  return worker
}

const administrationSets = (policy: Record<string, unknown>) => fakeBrowser.storage.managed.set(policy)

describe('a provider that an earlier version stored with a dot after its host', () => {
  it('stays the same organization when it is saved: its grants, its secret, and the redirect address that the organization knows', async () => {
    const worker = await createLaterWorker()
    const [before] = (await worker.state()).providers
    if (!before) throw new Error('It is missing.')
    expect(await worker.providers.isMove({ ...before, name: 'Renamed' })).toBe(false)
    const savedProvider = await worker.answers['save-provider']({
      ...before,
      fhirBase: base,
      name: 'Renamed',
    })
    expect(savedProvider).toEqual({ ...before, name: 'Renamed', label: 'Renamed' })
    expect(await worker.providers.clientAuthentication(savedProvider, base)).toBeTypeOf('function')
  })

  it('is found once, and is used for signing in', async () => {
    const worker = await createLaterWorker()
    await items.brands.set({
      address: 'https://lists.example/',
      etag: '1',
      brands: [{ name: 'Clinic', fhirBase: base }],
    })
    const { organizations } = await worker.answers['find-organizations']({ text: 'clinic' })
    expect(organizations.filter(({ fhirBase }) => /\/clinic\.example/.test(fhirBase))).toMatchObject([
      { label: 'Clinic', fhirBase: base },
    ])
    expect(await worker.answers['add-provider']({ name: 'Clinic', fhirBase: base })).toMatchObject({
      step: 'sign-in',
      provider: { id: stored.id },
    })
    expect(await findLaunching(worker.providers, base)).toMatchObject({ id: stored.id })
  })

  it('is not added a second time by a file', async () => {
    const worker = await createLaterWorker()
    const { id: _id, hue: _hue, ...exported } = stored
    const text = JSON.stringify({
      carekey: 'configuration',
      version: 1,
      providers: [{ ...exported, fhirBase: base }],
    })
    expect(await worker.answers['plan-import']({ text })).toMatchObject({ added: [], faults: [] })
    await worker.answers['import-configuration']({ text, confirmedHosts: ['clinic.example.'] })
    expect((await worker.state()).providers).toMatchObject([{ fhirBase: stored.fhirBase, hasSecret: true }])
  })

  it('matches what a policy says about it', async () => {
    const worker = await createLaterWorker()
    await administrationSets({ allowedProviders: ['https://clinic.example'] })
    expect((await worker.state()).providers).toMatchObject([{ id: stored.id }])
    await administrationSets({ providers: [{ name: 'Ours', clientId: 'ours', fhirBase: base }] })
    expect((await worker.state()).providers).toMatchObject([{ name: 'Ours', managed: true }])
  })
})

describe('an organization that a policy once named with a dot after its host', () => {
  const id = 'janes'
  const earlier = { providerId: `managed ${stored.fhirBase} carekey`, fhirBase: stored.fhirBase }

  /** As an earlier version stored it. */
  const signedInEarlier = async () => {
    const issuer = 'https://clinic.example.'
    const server = { issuer, token_endpoint: `${issuer}/token` }
    await items.connections.put(id, {
      ...{ id, ...earlier, issuer, subject: 'jane', patientId: 'jane' },
      person: { name: 'Jane', role: 'patient' },
    })
    await items.sessions.put(id, {
      ...{ ...earlier, clientId: 'carekey', server, scope: 'patient/*.rs', staysConnected: false },
      requestedScope: 'patient/*.rs',
      signedInAt: Date.now(),
      access: { token: 'token', receivedAt: Date.now(), endsAt: Date.now() + 3_600_000 },
    })
    return createWorker()
  }
  const administrationNames = (fhirBase: string, clientId = 'carekey') =>
    administrationSets({ providers: [{ name: 'Ours', clientId, fhirBase }] })

  it.each([base, `${base}/`, stored.fhirBase])('keeps its connections when it is named %s', async (named) => {
    const worker = await signedInEarlier()
    await administrationNames(named)
    const { providers, connections } = await worker.state()
    expect(providers).toMatchObject([{ id: earlier.providerId, name: 'Ours', managed: true }])
    expect(connections).toMatchObject([{ id, signedIn: true, providerName: 'Ours' }])
    expect(await worker.sessions.find(id)).toBeDefined()
  })

  it('is not taken for the other organization of the policy that knows the same Client ID', async () => {
    const worker = await signedInEarlier()
    const set = (fhirBase: string) => ({ name: 'Ours', clientId: 'carekey', fhirBase })
    await administrationSets({ providers: [set('https://other.example/fhir'), set(base)] })
    expect((await worker.state()).providers.map((provider) => provider.id)).toEqual([
      'managed https://other.example/fhir carekey',
      earlier.providerId,
    ])
  })

  it('is another one if it is named with another Client ID', async () => {
    const worker = await signedInEarlier()
    await administrationNames(base, 'other')
    expect((await worker.state()).providers).toMatchObject([{ id: `managed ${base} other` }])
    expect(await worker.sessions.find(id)).toBeUndefined()
  })
})

it.each(['?', '/?', '#', '?#'])(
  'a provider that was stored with %j at the end of its base can be signed in to',
  async (end) => {
    const authorizationEndpoint = `${riverside.url}/oauth/authorize`
    await items.providers.put('r', {
      ...stored,
      id: 'r',
      fhirBase: `${riverside.url}/fhir${end}`,
      authorizationEndpoint,
    })
    const worker = createWorker()
    const [provider] = (await worker.state()).providers
    if (!provider) throw new Error('It is missing.')
    expect(await signInAs(worker, provider, { username: 'john' })).toMatchObject({ signedIn: true })
  },
)
