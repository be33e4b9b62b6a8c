import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Provider } from '../../../extension/messages/state.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  signInAs,
  storedText,
  type Worker,
} from '../../fixtures/worker.ts'

let riverside: TestOrganization
let pulse: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
  pulse = await startOrganization({ demo: 'pulse' })
})
afterAll(() => Promise.all([riverside.close(), pulse.close()]))
beforeEach(clearBrowser)
afterEach(() => vi.restoreAllMocks())

const setUp = async () => {
  const worker = createWorker()
  return { worker, provider: await configure(worker, riverside.url) }
}

const formOf = (provider: Provider, base: string) => ({
  ...provider,
  fhirBase: `${base}/fhir`,
  authorizationEndpoint: `${base}/oauth/authorize`,
})

/** All requests to `base` that contain or request a token. */
const watchTokens = (base: string) => {
  const send = globalThis.fetch
  const requests: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const carries = `${new Headers(init?.headers).get('authorization') ?? ''}${init?.body ?? ''}`
    if (String(url).startsWith(base) && carries !== '') requests.push(`${url} ${carries}`)
    return send(url, init)
  })
  return requests
}

it('connections stand in the order of the list of organizations, whichever was signed in to first', async () => {
  const { worker, provider } = await setUp()
  const second = await configure(worker, pulse.url)
  await signInAs(worker, second, { username: 'john' })
  await signInAs(worker, provider, { username: 'john' })
  const { providers, connections } = await worker.state()
  const order = providers.map(({ id }) => id).filter((id) => [provider.id, second.id].includes(id))
  expect(connections.map(({ providerId }) => providerId)).toEqual(order)
})

/** Lee opens the organization’s page, and picks a patient there. */
const pickPatient = async (
  worker: Worker,
  provider: Provider,
  name: string,
  birthdate: string,
  id: string,
) => {
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const request = new URL(url)
    // Without patient/ scopes a clinician is asked which patient is meant.
    request.searchParams.set('scope', 'openid fhirUser offline_access launch/patient user/*.rs')
    const agent = createUserAgent(riverside.url)
    const login = await agent.open(request.href)
    const picker = await agent.submit(login, { username: 'lee', password: 'lee-demo' })
    const resultPage = await agent.submit(picker, { decision: 'search', name, birthdate })
    const consent = await agent.submit(resultPage, { decision: 'pick', patient: id })
    return (await agent.submit(consent, { window: 'longest', decision: 'allow' })).url.href
  }
  await worker.signIn({ providerId: provider.id, purpose: 'record' })
}

describe('a connection', () => {
  it('of a second account at the same provider leaves the first as it is', async () => {
    const { worker, provider } = await setUp()
    const john = await signInAs(worker, provider, { username: 'john', window: 'day' })
    const tokens = await worker.sessions.tokens(john.id)
    const jane = await signInAs(worker, provider, { username: 'jane', window: 'day' })
    expect(jane.id).not.toBe(john.id)
    expect((await worker.state()).connections.map(({ patient }) => patient?.name)).toEqual([
      'John Doe',
      'Jane Doe',
    ])
    expect(await worker.sessions.tokens(john.id)).toEqual(tokens)
    const { patients } = await worker.answers['search-patients']({ connectionId: john.id, query: {} })
    expect(patients.map(({ name }) => name)).toEqual(['John Doe'])
  })

  it('of a second patient of the same account leaves the first as it is', async () => {
    const { worker, provider } = await setUp()
    await pickPatient(worker, provider, 'Jane Doe', '1980-01-15', 'jane-doe')
    const [jane] = (await worker.state()).connections
    const tokens = await worker.sessions.tokens(jane?.id ?? '')
    await pickPatient(worker, provider, 'John Doe', john.birthdate, 'john-doe')
    const { connections } = await worker.state()
    expect(connections.map(({ patient }) => patient?.id)).toEqual(['jane-doe', 'john-doe'])
    expect(connections.every(({ person }) => person.name === connections[0]?.person.name)).toBe(true)
    expect(await worker.sessions.tokens(jane?.id ?? '')).toEqual(tokens)
    await worker.signOut(connections[1]?.id ?? '')
    const vitals = await worker.answers.vitals({ connectionId: jane?.id ?? '', patient: 'jane-doe' })
    expect(vitals.patient.name).toBe('Jane Doe')
  })
})

const john = { birthdate: '1972-03-04' }

describe('checklist E11 a provider whose address changes', () => {
  it('gets nothing of the old token, which is revoked where it was issued', async () => {
    const { worker, provider } = await setUp()
    const { id } = await signInAs(worker, provider, { username: 'john', window: 'day' })
    const [refresh = '', access = ''] = await worker.sessions.tokens(id)
    expect(await isGood(riverside.url, access)).toBe(true)
    const toPulse = watchTokens(pulse.url)
    await worker.saveProvider(formOf(provider, pulse.url))
    const read = () => worker.answers['search-patients']({ connectionId: id, query: {} })
    await expect(read()).rejects.toMatchObject({ code: 'provider-changed' })
    expect(toPulse).toEqual([])
    expect((await worker.state()).connections).toMatchObject([
      { id, signedIn: false, endedBy: 'provider-changed', person: { name: 'John Doe' } },
    ])
    expect(await isGood(riverside.url, access)).toBe(false)
    const storage = (await storedText('local')) + (await storedText('session'))
    expect(storage).not.toContain(access)
    expect(storage).not.toContain(refresh)
  })

  it('gets a connection of its own at the next sign-in', async () => {
    const { worker, provider } = await setUp()
    const old = await signInAs(worker, provider, { username: 'john', window: 'day' })
    const movedProvider = await worker.saveProvider(formOf(provider, pulse.url))
    const now = await signInAs(worker, movedProvider, { username: 'john', window: 'day' })
    expect(now.id).not.toBe(old.id)
    await expect(
      worker.answers['search-patients']({ connectionId: old.id, query: {} }),
    ).rejects.toMatchObject({
      code: 'provider-changed',
    })
  })

  it('is noticed even if the stored value changed outside the extension, as by an update', async () => {
    const { worker, provider } = await setUp()
    const { id } = await signInAs(worker, provider, { username: 'john', window: 'day' })
    const toPulse = watchTokens(pulse.url)
    await items.providers.update((all) => {
      const savedProvider = all[provider.id]
      return savedProvider ? { [provider.id]: { ...savedProvider, fhirBase: `${pulse.url}/fhir` } } : all
    })
    const read = () => worker.answers['search-patients']({ connectionId: id, query: {} })
    await expect(read()).rejects.toMatchObject({ code: 'provider-changed' })
    await expect(read()).rejects.toMatchObject({ code: 'provider-changed' })
    expect(toPulse).toEqual([])
    expect(await items.grants.get()).toEqual({})
    expect(await items.sessions.get()).toEqual({})
  })

  it('signs nobody out when only its name changes', async () => {
    const { worker, provider } = await setUp()
    const { id } = await signInAs(worker, provider, { username: 'john', window: 'day' })
    await worker.saveProvider({ ...provider, name: 'Riverside' })
    expect((await worker.state()).connections).toMatchObject([{ id, signedIn: true }])
  })

  it('signs nobody out when the input is invalid', async () => {
    const { worker, provider } = await setUp()
    await signInAs(worker, provider, { username: 'john', window: 'day' })
    const wrong = { ...provider, fhirBase: 'http://10.0.0.1/fhir' }
    await expect(worker.saveProvider(wrong)).rejects.toMatchObject({ code: 'private-address' })
    expect((await worker.state()).connections).toMatchObject([{ signedIn: true }])
  })

  it('with another issuer gets a connection of its own at the next sign-in, and the old one ends', async () => {
    const { worker, provider } = await setUp()
    const old = await signInAs(worker, provider, { username: 'john', window: 'day' })
    const rename = <T extends { issuer: string }>(value: T): T => ({ ...value, issuer: 'https://old.test' })
    await items.connections.update((all) => ({ [old.id]: rename(all[old.id] as never) }))
    await items.sessions.update((all) => {
      const session = all[old.id]
      return session ? { [old.id]: { ...session, server: rename(session.server) } } : all
    })
    const now = await signInAs(worker, provider, { username: 'john', window: 'day' })
    expect(now.id).not.toBe(old.id)
    expect((await worker.state()).connections).toMatchObject([
      { id: old.id, signedIn: false, endedBy: 'provider-changed' },
      { id: now.id, signedIn: true },
    ])
  })
})
