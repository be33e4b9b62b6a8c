import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { beginKnownLog } from '../../../extension/access-log/watch/known-log.ts'
import { createConfiguration } from '../../../extension/administration/change-configuration.ts'
import { findPolicy } from '../../../extension/auth/provider/policy.ts'
import { updateBadge, watchEnds } from '../../../extension/background/ends.ts'
import { items } from '../../../extension/storage/items.ts'
import { alarmsSet, fakeBrowser, resetBrowser, shownOnToolbar } from '../../fakes/browser.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs, sitBeforeWindow } from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)
afterEach(async () => {
  vi.useRealTimers()
  await resetBrowser()
})

const administrationSets = (policy: Record<string, unknown>) => fakeBrowser.storage.managed.set(policy)
const HOUR = 3_600_000

describe('without a policy', () => {
  it('pages see none', async () => {
    expect((await createWorker().state()).policy).toBeUndefined()
  })
})

describe('allowed providers', () => {
  it('hide all others, and nobody can sign in to or configure those', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    await administrationSets({ allowedProviders: ['https://clinic.example'] })
    expect((await worker.state()).providers).toEqual([])
    await expect(signInAs(worker, provider, { username: 'john' })).rejects.toMatchObject({
      code: 'unknown-organization',
    })
    await expect(configure(worker, riverside.url)).rejects.toMatchObject({ code: 'policy-forbids' })
  })

  it('end the session of a provider that is no longer allowed', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    const { id: connectionId } = await signInAs(worker, provider, { username: 'john' })
    await administrationSets({ allowedProviders: ['https://clinic.example'] })
    await expect(worker.answers['access-log']({ connectionId })).rejects.toMatchObject({
      code: 'provider-changed',
    })
  })

  it('leave its name to an organization with an alarm that is no longer allowed', async () => {
    const worker = createWorker()
    const { id } = await signInAs(worker, await configure(worker, riverside.url), { username: 'john' })
    await items.knownLogs.set({ [id]: { ...beginKnownLog(0), alarms: [''] } })
    await administrationSets({ allowedProviders: ['https://clinic.example'] })
    await updateBadge(worker)
    expect(shownOnToolbar).toMatchObject({ text: '!', title: expect.stringContaining('Riverside Clinic') })
  })

  it('are compared by origin and folder, not as string prefixes', async () => {
    const worker = createWorker()
    await administrationSets({ allowedProviders: ['https://clinic.example/a'] })
    const form = {
      name: 'A',
      clientId: 'a',
      authorizationEndpoint: 'https://clinic.example/',
      redirectUri: '',
    }
    const save = (fhirBase: string) => worker.providers.save({ ...form, fhirBase })
    await expect(save('https://clinic.example/ab')).rejects.toMatchObject({ code: 'policy-forbids' })
    await expect(save('https://clinic.example.evil.test/a')).rejects.toMatchObject({ code: 'policy-forbids' })
    expect(await save('https://clinic.example/a/fhir')).toMatchObject({ name: 'A' })
  })

  it.each([
    { authorizationEndpoint: 'https://login.evil.test/authorize' },
    { redirectUri: 'https://relay.evil.test/_oauth/OAuth2Server' },
  ])('F41 apply to every address of a provider: %j', async (change) => {
    const worker = createWorker()
    await administrationSets({ allowedProviders: ['https://clinic.example', 'https://login.example'] })
    const form = {
      name: 'A',
      clientId: 'a',
      fhirBase: 'https://clinic.example/fhir',
      authorizationEndpoint: 'https://login.example/authorize',
      redirectUri: '',
    }
    await expect(worker.providers.save({ ...form, ...change })).rejects.toMatchObject({
      code: 'policy-forbids',
    })
    expect(await worker.providers.save(form)).toMatchObject({ name: 'A' })
  })

  it('apply to every provider of an import', async () => {
    const worker = createWorker()
    await administrationSets({ allowedProviders: ['https://clinic.example'] })
    const form = { name: 'A', clientId: 'a', authorizationEndpoint: 'https://clinic.example/' }
    const bases = ['https://clinic.example/fhir', 'https://other.example/fhir']
    const text = JSON.stringify({
      carekey: 'configuration',
      version: 1,
      providers: bases.map((fhirBase) => ({ ...form, fhirBase })),
    })
    await expect(createConfiguration(worker).import(text, ['clinic.example'])).rejects.toMatchObject({
      code: 'policy-forbids',
    })
    expect(await worker.providers.list()).toEqual([])
  })
})

describe('forbidden scopes', () => {
  const ask = async (forbiddenScopes: string[]): Promise<string[]> => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    await administrationSets({ forbiddenScopes })
    sitBeforeWindow({ username: 'john' })
    const { launchWebAuthFlow } = fakeBrowser.identity
    let scope = ''
    fakeBrowser.identity.launchWebAuthFlow = (details) => {
      scope = new URL(details.url).searchParams.get('scope') ?? ''
      return launchWebAuthFlow(details)
    }
    await worker.signIn({ providerId: provider.id, purpose: 'record' })
    return scope.split(' ')
  }

  it('are not requested', async () => {
    const scopes = await ask(['user/*.rs', 'offline_access'])
    expect(scopes).toContain('patient/*.rs')
    expect(scopes).not.toContain('user/*.rs')
    expect(scopes).not.toContain('offline_access')
  })

  it('that are set after a sign-in are why a part of the record is not read, and not the organization', async () => {
    const worker = createWorker()
    await signInAs(worker, await configure(worker, riverside.url), { username: 'john' })
    const forbidden = async () => (await worker.state()).connections[0]?.forbidden
    expect(await forbidden()).toBeUndefined()
    await administrationSets({ forbiddenScopes: ['user/AuditEvent.rs'] })
    expect(await forbidden()).toBeUndefined()
    // The wildcard that was granted covers what is forbidden.
    await administrationSets({ forbiddenScopes: ['patient/AuditEvent.rs'] })
    expect(await forbidden()).toMatchObject({ readAccessLog: true, readVitals: true })
    for (const { id } of (await worker.state()).connections) await worker.sessions.end(id)
    expect(await forbidden()).toMatchObject({ readAccessLog: true })
  })

  it('are not requested as part of a wider scope', async () => {
    const scopes = await ask(['user/Condition.rs'])
    expect(scopes).toContain('patient/*.rs')
    expect(scopes).not.toContain('user/*.rs')
  })
})

it('a policy that the browser cannot read for a moment ends no session, and nothing is read meanwhile', async () => {
  const worker = createWorker()
  const { id, patient } = await signInAs(worker, await configure(worker, riverside.url), { username: 'john' })
  const reading = vi.spyOn(fakeBrowser.storage.managed, 'get').mockRejectedValue(new Error('not ready'))
  await expect(worker.answers.vitals({ connectionId: id, patient: patient?.id ?? '' })).rejects.toThrow()
  await expect(worker.state()).rejects.toThrow()
  reading.mockRestore()
  expect((await worker.state()).connections).toMatchObject([{ id, signedIn: true }])
  expect(await items.revocations.get()).toEqual([])
})

describe('the longest window', () => {
  it('ends a session that was allowed for longer', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    await administrationSets({ longestWindow: 'hour' })
    const before = Date.now()
    const { endsAt } = await signInAs(worker, provider, { username: 'john', window: 'month' })
    expect(endsAt).toBeGreaterThan(before)
    expect(endsAt).toBeLessThanOrEqual(Date.now() + HOUR)
  })

  it('ends a session that began before it was set', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    const { id } = await signInAs(worker, provider, { username: 'john', window: 'month' })
    const [, access = ''] = await worker.sessions.tokens(id)
    await items.sessions.update((all) => {
      const session = all[id]
      return session ? { ...all, [id]: { ...session, signedInAt: Date.now() - 2 * HOUR } } : all
    })
    expect(await worker.sessions.find(id)).toBeDefined()
    await administrationSets({ longestWindow: 'hour' })
    expect(await worker.sessions.find(id)).toBeUndefined()
    expect(await worker.sessions.tokens(id)).toEqual([])
    // The organization granted a month, so the grant must be revoked there too.
    expect(await isGood(riverside.url, access)).toBe(true)
    await worker.revocations.retry('all')
    expect(await isGood(riverside.url, access)).toBe(false)
  })

  it.each(['open', 'locked'])('ends such a session at its time also while Carekey is %s', async (how) => {
    const worker = createWorker()
    watchEnds(worker)
    const provider = await configure(worker, riverside.url)
    const { id } = await signInAs(worker, provider, { username: 'john', window: 'month' })
    if (how === 'locked') {
      await worker.answers['set-lock']({ lock: { pin: '8305177' }, after: 15 })
      await worker.answers.lock(undefined)
    }
    await administrationSets({ longestWindow: 'hour' })
    await expect.poll(() => alarmsSet.get('grant-ends')).toBeLessThanOrEqual(Date.now() + HOUR)
    vi.useFakeTimers({ toFake: ['Date'], now: alarmsSet.get('grant-ends') ?? 0 })
    for (const ring of fakeBrowser.alarms.onAlarm.listeners) await ring({ name: 'grant-ends' })
    expect(await items.grants.get()).toEqual({})
    if (how === 'locked') await worker.answers.unlock({ pin: '8305177' })
    expect((await worker.state()).connections).toMatchObject([{ id, signedIn: false }])
    expect(await items.revocations.get()).toHaveLength(1)
  })

  it('lets nobody stay connected if it is a single visit', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    await administrationSets({ longestWindow: 'visit' })
    const connection = await signInAs(worker, provider, { username: 'john', window: 'month' })
    expect(connection.staysConnected).toBe(false)
  })
})

describe('E30 what a policy locks', () => {
  it('cannot be changed: providers', async () => {
    const worker = createWorker()
    const { id } = await configure(worker, riverside.url)
    await administrationSets({ locked: ['providers'] })
    await expect(configure(worker, riverside.url)).rejects.toMatchObject({ code: 'policy-forbids' })
    await expect(worker.providers.remove(id)).rejects.toMatchObject({ code: 'policy-forbids' })
    const { providers, policy } = await worker.state()
    expect(providers).toHaveLength(1)
    expect(policy?.locked).toEqual(['providers'])
  })

  it('cannot be changed: applications', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    const { id: connectionId } = await signInAs(worker, provider, { username: 'admin' }, 'administer')
    await administrationSets({ locked: ['applications'] })
    const registering = worker.registrations.register({
      connectionId,
      clientName: 'A',
      redirectUri: 'https://a.test/',
    })
    await expect(registering).rejects.toMatchObject({ code: 'policy-forbids' })
    await expect(worker.registrations.rotateSecret('any')).rejects.toMatchObject({ code: 'policy-forbids' })
    await expect(worker.registrations.remove('any')).rejects.toMatchObject({ code: 'policy-forbids' })
  })

  it("includes the policy's own providers, which replace the user’s at the same address", async () => {
    const worker = createWorker()
    const mine = await configure(worker, riverside.url, { clientId: 'mine' })
    const set = { name: 'Riverside of ours', clientId: 'carekey', fhirBase: `${riverside.url}/fhir` }
    await administrationSets({ providers: [set] })
    const { providers } = await worker.state()
    expect(providers).toMatchObject([{ ...set, managed: true, builtIn: true }])
    const [provider] = providers
    if (!provider) throw new Error('There is no provider.')
    const { id, name, clientId, fhirBase, redirectUri } = provider
    const form = { id, name, clientId, fhirBase, redirectUri, authorizationEndpoint: 'https://evil.test/' }
    await expect(worker.providers.save(form)).rejects.toMatchObject({ code: 'unknown-organization' })
    await expect(worker.signIn({ providerId: mine.id, purpose: 'record' })).rejects.toMatchObject({
      code: 'unknown-organization',
    })
    expect((await signInAs(worker, provider, { username: 'john' })).patient?.name).toBe('John Doe')
  })
})

describe('a policy that cannot be read', () => {
  it.each([
    { allowedProviders: 'https://clinic.example' },
    { allowedProviders: ['clinic'] },
    { longestWindow: 'year' },
    { locked: ['everything'] },
    { providers: [{ name: 'A' }] },
    { allowedProvider: ['https://clinic.example'] },
    { forbiddenScopes: [1] },
  ])('allows nothing, and says so: %j', async (policy) => {
    const worker = createWorker()
    await configure(worker, riverside.url)
    await administrationSets(policy)
    const state = await worker.state()
    expect(state.providers).toEqual([])
    expect(state.policy).toMatchObject({ faulty: true, locked: ['providers', 'applications'] })
  })
})

describe('the schema that Chrome is given', () => {
  const schema = JSON.parse(readFileSync('extension/policy/schema.json', 'utf8'))

  it('names exactly the settings that are read', async () => {
    const policy = {
      allowedProviders: ['https://clinic.example'],
      providers: [],
      forbiddenScopes: ['client.register'],
      longestWindow: 'day',
      locked: ['providers'],
    }
    expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(policy).sort())
    await administrationSets(policy)
    expect(await findPolicy()).toEqual(policy)
  })

  it.each(['visit', 'hour', 'day', 'month'])(
    'offers the window %s, which a policy may set',
    async (longestWindow) => {
      expect(schema.properties.longestWindow.enum).toContain(longestWindow)
      await administrationSets({ longestWindow })
      expect(await findPolicy()).toMatchObject({ longestWindow })
    },
  )
})
