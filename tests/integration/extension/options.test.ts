import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { autoscan } from '../../../extension/administration/autoscan.ts'
import { registerApplication } from '../../../extension/administration/register-application.ts'
import type { LogFilter } from '../../../extension/messages/administration.ts'
import type { Provider } from '../../../extension/messages/state.ts'
import { items } from '../../../extension/storage/items.ts'
import { findClientRow } from '../../../server/oauth/clients/clients.ts'
import { redirectAddress } from '../../../values/extension-addresses.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  readLog,
  signInAs,
  storedText,
} from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)

const redirectUriAt = (base: string) => redirectAddress(fakeBrowser.identity.getRedirectURL(), `${base}/fhir`)

describe('autoscan', () => {
  it.each([
    '/metadata',
    '/fhir',
    '/fhir/',
    '',
    '/',
    '/fhir/metadata',
    '/fhir/.well-known/smart-configuration',
  ])('finds the addresses from B%s', async (path) => {
    expect(await autoscan(`${riverside.url}${path}`)).toMatchObject({
      name: 'Riverside Clinic',
      fhirBase: `${riverside.url}/fhir`,
      authorization_endpoint: `${riverside.url}/oauth/authorize`,
      token_endpoint: `${riverside.url}/oauth/token`,
      registration_endpoint: `${riverside.url}/oauth/register`,
      revocation_endpoint: `${riverside.url}/oauth/revoke`,
      redirectUri: redirectUriAt(riverside.url),
      source: 'smart-configuration',
    })
  })

  it('finds nothing that must be fixed', async () => {
    const { findings } = await autoscan(riverside.url)
    expect(findings).toContainEqual({ level: 'good', code: 's256-offered' })
    expect(findings).toContainEqual({ level: 'should', code: 'loopback-http' })
    expect(findings.filter(({ level }) => level === 'must')).toEqual([])
    expect(findings.filter(({ level }) => level === 'should').map(({ code }) => code)).toEqual([
      'loopback-http',
    ])
  })

  it('reads every document, and grades each', async () => {
    const codes = (await autoscan(riverside.url)).findings.map(({ code }) => code)
    for (const code of ['documents-agree', 'keys-good', 'search-complete', 'brands-offered', 'cors-open'])
      expect(codes).toContain(code)
  })

  it('asks whether the application is known with its redirect address', async () => {
    const application = { clientId: 'carekey', redirectUri: redirectUriAt(riverside.url) }
    expect((await autoscan(riverside.url, application)).findings.map(({ code }) => code)).not.toContain(
      'redirect-refused',
    )
    const unknown = { clientId: 'nobody', redirectUri: redirectUriAt(riverside.url) }
    expect((await autoscan(riverside.url, unknown)).findings).toContainEqual({
      level: 'must',
      code: 'redirect-refused',
    })
  })

  it('asks the same of a saved organization, and says nothing if the answer is inconclusive', async () => {
    const worker = createWorker()
    const isRefused = async (clientId: string, base = riverside.url) => {
      const { id: providerId } = await configure(worker, base, { clientId })
      return (await worker.answers['check-application']({ providerId })).isRefused
    }
    expect(await isRefused('carekey')).toBe(false)
    expect(await isRefused('nobody')).toBe(true)
    expect(await isRefused('nobody', 'http://localhost:9')).toBe(false)
  })

  it("says that the typed redirect address is another browser's, and shows this one's", async () => {
    const scan = await autoscan(riverside.url, { redirectUri: 'https://another.chromiumapp.org/' })
    expect(scan.redirectUri).toBe(redirectUriAt(riverside.url))
    expect(scan.findings).toContainEqual({ level: 'should', code: 'redirect-other' })
  })

  it('does not complain about the address that the form begins with, or that an earlier scan filled in', async () => {
    for (const redirectUri of [fakeBrowser.identity.getRedirectURL(), redirectUriAt('https://other.test')]) {
      const scan = await autoscan(riverside.url, { redirectUri })
      expect(scan.redirectUri).toBe(redirectUriAt(riverside.url))
      expect(scan.findings.map(({ code }) => code)).not.toContain('redirect-other')
    }
  })

  it("accepts the organization's own relay as redirect address", async () => {
    const relay = `${riverside.url}/_oauth/OAuth2Server`
    const scan = await autoscan(riverside.url, { redirectUri: relay })
    expect(scan.redirectUri).toBe(relay)
    expect(scan.findings.map(({ code }) => code)).not.toContain('redirect-other')
  })

  it('says that a server which answers at a wrong path is not a FHIR server there', async () => {
    await expect(autoscan(`${riverside.url}/nothing/here`)).rejects.toMatchObject({
      code: 'not-fhir-server',
      details: { organization: new URL(riverside.url).host },
    })
  })

  // C15
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'gopher://x',
    'http://10.0.0.1/metadata',
    'http://fhir.test',
  ])('refuses %s without a connection', async (url) => {
    const refusal = autoscan(url)
    await expect(refusal).rejects.toMatchObject({
      code: expect.stringMatching(/^(private-address|invalid-input|insecure-address)$/),
    })
  })
})

describe('registering an application', () => {
  const register = async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    const { id: connectionId } = await signInAs(worker, provider, { username: 'admin' }, 'administer')
    const request = { connectionId, clientName: 'Ward tablet', redirectUri: redirectUriAt(riverside.url) }
    return { worker, application: await registerApplication(worker.sessions, request) }
  }

  it('returns a Client ID and a secret, and signing in with them works', async () => {
    const { worker, application } = await register()
    expect(application.clientId).toMatch(/./)
    expect(application.clientSecret).toMatch(/.{20}/)
    const provider = await configure(worker, riverside.url, application)
    expect(provider.hasSecret).toBe(true)
    const connection = await signInAs(worker, provider, { username: 'john' })
    expect(connection.patient?.name).toBe('John Doe')
    expect(await worker.signOut(connection.id)).toMatchObject({ outcome: 'revoked' })
  })

  it('as public returns a Client ID without a secret, and signing in with it works', async () => {
    const worker = createWorker()
    const admin = await configure(worker, riverside.url)
    const { id: connectionId } = await signInAs(worker, admin, { username: 'admin' }, 'administer')
    const redirectUri = redirectUriAt(riverside.url)
    const request = { connectionId, clientName: 'Ward phone', redirectUri, isPublic: true }
    const application = await worker.answers['register-application'](request)
    expect(application).toEqual({ clientId: expect.stringMatching(/./) })
    expect(await worker.answers['registered-clients'](undefined)).toMatchObject([
      { clientName: 'Ward phone', hasSecret: false },
    ])
    const provider = await configure(worker, riverside.url, application)
    expect(provider.hasSecret).toBe(false)
    const connection = await signInAs(worker, provider, { username: 'john' })
    expect(connection.patient?.name).toBe('John Doe')
    expect(await worker.signOut(connection.id)).toMatchObject({ outcome: 'revoked' })
  })

  it.each(['https://ward.example', 'https://WARD.example/a', 'https://ward.example/'])(
    'registers the redirect address as it was typed: %s',
    async (redirectUri) => {
      const worker = createWorker()
      const provider = await configure(worker, riverside.url)
      const { id: connectionId } = await signInAs(worker, provider, { username: 'admin' }, 'administer')
      const request = { connectionId, clientName: 'Ward tablet', redirectUri: ` ${redirectUri} ` }
      const { clientId } = await registerApplication(worker.sessions, request)
      const row = await findClientRow(riverside.store.db, clientId)
      expect(JSON.parse(row?.payload ?? '').redirect_uris).toEqual([redirectUri])
    },
  )

  it('stores the secret nowhere in clear', async () => {
    const { worker, application } = await register()
    await configure(worker, riverside.url, application)
    const storage = (await storedText('local')) + (await storedText('session'))
    expect(storage).not.toContain(application.clientSecret)
  })

  it('reports a wrong secret', async () => {
    const { worker, application } = await register()
    const provider = await configure(worker, riverside.url, { ...application, clientSecret: 'x'.repeat(40) })
    const signingIn = signInAs(worker, provider, { username: 'john' })
    await expect(signingIn).rejects.toMatchObject({ code: 'wrong-credentials' })
  })

  it('is refused to a patient', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    const { id: connectionId } = await signInAs(worker, provider, { username: 'john' })
    const registering = registerApplication(worker.sessions, {
      connectionId,
      clientName: 'Mine',
      redirectUri: redirectUriAt(riverside.url),
    })
    await expect(registering).rejects.toMatchObject({ code: 'refused' })
  })

  it.each([
    ['', 'https://ward.example/', 'clientName'],
    ['Ward tablet', 'javascript:alert(1)', 'redirectUri'],
  ])('named %j at %s names the invalid field', async (clientName, uri, field) => {
    const registering = registerApplication(createWorker().sessions, {
      connectionId: '',
      clientName,
      redirectUri: uri,
    })
    await expect(registering).rejects.toMatchObject({ code: 'invalid-input', details: { field } })
  })
})

describe('the administrator', () => {
  it('reads the whole log', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    await signInAs(worker, provider, { username: 'john' })
    const { id: connectionId } = await signInAs(worker, provider, { username: 'admin' }, 'administer')
    const { entries } = await worker.answers['access-log']({ connectionId })
    expect(new Set(entries.map(({ kind }) => kind)).size).toBeGreaterThan(2)
    expect(entries.some(({ who }) => who === 'John Doe')).toBe(true)
  })
})

describe('the log, filtered by the organization', () => {
  const read = async (filter: LogFilter) => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    const { id, patient } = await signInAs(worker, provider, { username: 'john' })
    await worker.answers.vitals({ connectionId: id, patient: patient?.id ?? '' })
    const { id: connectionId } = await signInAs(worker, provider, { username: 'admin' }, 'administer')
    return readLog(worker, { connectionId, filter })
  }

  it.each<[LogFilter]>([
    [{ agent: 'doe john' }],
    [{ agent: 'Mr. DOE' }],
    [{ patient: 'Doe, John', agent: 'john' }],
    [{ patient: 'john-doe', agent: 'Patient/john-doe' }],
  ])('contains the entries of the people who are named: %j', async (filter) => {
    const { entries, proof } = await read({ ...filter, kind: 'search' })
    expect(entries.length).toBeGreaterThan(0)
    expect(new Set(entries.map(({ who }) => who))).toEqual(new Set(['John Doe']))
    expect(proof).toMatchObject({ outcome: 'genuine', why: 'filter' })
  })

  it('contains no entries if nobody has the name', async () => {
    expect((await read({ agent: 'Nobody Atall' })).entries).toEqual([])
  })

  it('contains only entries of the chosen action and outcome', async () => {
    const { entries, proof } = await read({ kind: 'token', outcome: 'success' })
    expect(entries.length).toBeGreaterThan(1)
    expect(new Set(entries.map(({ kind, outcome }) => `${kind} ${outcome}`))).toEqual(
      new Set(['token success']),
    )
    expect(proof).toMatchObject({ outcome: 'genuine', why: 'filter' })
  })

  it('contains only entries about one patient', async () => {
    const whole = await read({})
    const patient = whole.entries.find((entry) => entry.patient)?.patient ?? ''
    const { entries } = await read({ patient })
    expect(entries.length).toBeGreaterThan(0)
    expect(new Set(entries.map((entry) => entry.patient))).toEqual(new Set([patient]))
  })

  it('contains only entries of the chosen days', async () => {
    const day = new Date()
    const today = [day.getFullYear(), day.getMonth() + 1, day.getDate()]
      .map((part) => String(part).padStart(2, '0'))
      .join('-')
    expect((await read({ from: today, to: today })).entries.length).toBeGreaterThan(0)
    expect((await read({ to: '2020-01-01' })).entries).toEqual([])
  })
})

/** The members of a configuration. */
const configured = ({ name, clientId, fhirBase, authorizationEndpoint }: Provider) => ({
  ...{ name, clientId, fhirBase, authorizationEndpoint, redirectUri: '' },
})

describe('a configuration', () => {
  it('is renamed without entering the secret again', async () => {
    const worker = createWorker()
    const savedProvider = await configure(worker, riverside.url, { clientId: 'a', clientSecret: 'secret' })
    const provider = await worker.providers.save({ ...savedProvider, name: 'Other' })
    expect(provider).toMatchObject({ id: savedProvider.id, name: 'Other', clientId: 'a', hasSecret: true })
    expect(provider.redirectUri).toBe(redirectUriAt(riverside.url))
    expect(await worker.providers.clientAuthentication(savedProvider, riverside.url)).toBeTypeOf('function')
  })

  it.each([
    ['FHIR base', { fhirBase: 'https://evil.example/fhir' }],
    ['application', { clientId: 'b' }],
    ['login address', { authorizationEndpoint: 'https://evil.example/oauth/authorize' }],
  ])('F40 forgets its secret when its %s changes', async (_what, change) => {
    const worker = createWorker()
    const savedProvider = await configure(worker, riverside.url, { clientId: 'a', clientSecret: 'secret' })
    const provider = await worker.providers.save({ ...savedProvider, ...change })
    expect(provider.hasSecret).toBe(false)
    expect(await items.secrets.get()).toEqual({})
    // A file does not contain it either.
    const again = await worker.providers.save({ ...provider, clientSecret: 'secret' })
    const { id: _id, ...form } = { ...again, ...configured(again), name: 'By file', clientId: 'c' }
    await worker.providers.saveAll([{ ...form, id: again.id }])
    expect(await items.secrets.get()).toEqual({})
  })

  it('F40 sends its secret only to the base, the application and the issuer that it was given for', async () => {
    const worker = createWorker()
    const savedProvider = await configure(worker, riverside.url, { clientId: 'a', clientSecret: 'secret' })
    const { clientAuthentication } = worker.providers
    const refusal = { code: 'wrong-credentials' }
    // The situation of a sign-in that was running when the provider was edited.
    const elsewhere = { ...savedProvider, fhirBase: 'https://evil.example/fhir' }
    await expect(clientAuthentication(elsewhere, riverside.url)).rejects.toMatchObject(refusal)
    const other = { ...savedProvider, clientId: 'b' }
    await expect(clientAuthentication(other, riverside.url)).rejects.toMatchObject(refusal)
    await clientAuthentication(savedProvider, riverside.url)
    await expect(clientAuthentication(savedProvider, 'https://evil.example')).rejects.toMatchObject(refusal)
    expect(await clientAuthentication(savedProvider, riverside.url)).toBeTypeOf('function')
  })

  it('keeps the address of a relay as it was typed, since the organization compares it letter by letter', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    const relayed = await worker.providers.save({ ...provider, redirectUri: ' https://relay.example ' })
    expect(relayed.redirectUri).toBe('https://relay.example')
  })

  it('can be forgotten, with its secret', async () => {
    const worker = createWorker()
    const { id } = await configure(worker, riverside.url, { clientId: 'a', clientSecret: 'secret' })
    await worker.providers.remove(id)
    expect((await worker.state()).providers).toEqual([])
    expect(await storedText('local')).not.toContain(id)
  })

  it.each([
    ['http://fhir.example.org/', 'insecure-address'],
    ['https://user@fhir.example.org/', 'invalid-input'],
    ['https://fhir.example.org/?a=1', 'invalid-input'],
    ['https://fhir.example.org/#a', 'invalid-input'],
  ])('E29 with the base %s is refused', async (fhirBase, code) => {
    const saving = createWorker().providers.save({
      ...{ name: 'A', clientId: 'a', fhirBase, authorizationEndpoint: 'https://a.test/', redirectUri: '' },
    })
    await expect(saving).rejects.toMatchObject({ code })
  })
})
