import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createProviders } from '../../../extension/auth/provider/providers.ts'
import { rememberPlace } from '../../../extension/background/describe-state.ts'
import { createKeyring } from '../../../extension/lock/keyring.ts'
import type { Provider } from '../../../extension/messages/state.ts'
import { items, type Session } from '../../../extension/storage/items.ts'
import { createVault } from '../../../extension/storage/vault.ts'
import { createKeyStore } from '../../fakes/key-store.ts'
import { type ScriptedOrganization, startScriptedOrganization } from '../../fixtures/scripted-organization.ts'
import { answerAtOnce } from '../../fixtures/scripted-sign-in.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  restartBrowser,
  storedText,
  type Worker,
} from '../../fixtures/worker.ts'

// What a person may do while one organization delays a sign-in, a refresh or a revocation.

let slow: ScriptedOrganization
let honest: ScriptedOrganization

beforeAll(async () => {
  slow = await startScriptedOrganization()
  honest = await startScriptedOrganization()
})
afterAll(async () => {
  await slow.close()
  await honest.close()
})
beforeEach(async () => {
  await clearBrowser()
  for (const each of [slow, honest]) {
    each.script = {}
    each.requests.length = 0
  }
  answerAtOnce(slow, honest)
})

const signIn = (worker: Worker, { id }: Provider) => worker.signIn({ providerId: id, purpose: 'record' })

const connectionAt = async ({ id }: Provider) => {
  const match = Object.values(await items.connections.get()).find(({ providerId }) => providerId === id)
  if (!match) throw new Error('There is no connection.')
  return match
}

const expectNothingKept = async () => {
  expect([await items.connections.get(), await items.sessions.get(), await items.grants.get()]).toEqual([
    {},
    {},
    {},
  ])
}

/** Holds the patient's record back until it is released. */
const keepPatientWaiting = (organization: ScriptedOrganization) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  organization.script = {
    tokens: { scope: 'openid patient/*.rs', refresh_token: 'late' },
    fhir: (_request, response) => void promise.then(() => response.writeHead(404).end()),
  }
  return resolve
}

it('F46 cancelling a sign-in removes nothing of another organization', async () => {
  const worker = createWorker()
  const providers = [await configure(worker, slow.url), await configure(worker, honest.url)] as const
  const release = keepPatientWaiting(slow)
  honest.script = { tokens: { refresh_token: 'kept' } }
  const cancelled = expect(signIn(worker, providers[0])).rejects.toMatchObject({ code: 'interrupted' })
  await vi.waitFor(() => expect(slow.requestsTo('/fhir/Patient/p')).toBe(1))
  await worker.disconnectEverywhere()
  await signIn(worker, providers[1])
  release()
  await cancelled
  const { id } = await connectionAt(providers[1])
  expect(Object.keys(await items.connections.get())).toEqual([id])
  expect(Object.keys(await items.sessions.get())).toEqual([id])
  expect(await worker.disconnectEverywhere()).toMatchObject([{ connectionId: id }])
})

/** Revokes tokens on request, once `until` has passed. */
const revokes = (organization: ScriptedOrganization, until: Promise<void> = Promise.resolve()) => ({
  configuration: { revocation_endpoint: `${organization.url}/oauth/revoke` },
  first: ({ url }: IncomingMessage, response: ServerResponse) => {
    if (url !== '/oauth/revoke') return false
    void until.then(() => response.writeHead(200).end())
    return true
  },
})

it.each([
  ['disconnecting everywhere', 2, (worker: Worker) => worker.disconnectEverywhere()],
  ['the next life of the worker', 2, (worker: Worker) => worker.settle()],
  [
    'the next start of the browser',
    1,
    async (worker: Worker) => {
      await restartBrowser()
      await worker.settle()
    },
  ],
])('F46 a new grant is revoked by %s, also if its connection no longer exists', async (_how, tokens, end) => {
  const worker = createWorker()
  honest.script = { ...revokes(honest), tokens: { refresh_token: 'kept' } }
  await signIn(worker, await configure(worker, honest.url))
  await items.connections.set({})
  await end(worker)
  await expectNothingKept()
  await worker.revocations.retry('all')
  expect(honest.requestsTo('/oauth/revoke')).toBe(tokens)
})

it('F70 a sign-in does not undo a statement, made meanwhile, that two connections are of one person', async () => {
  const worker = createWorker()
  const providers = [await configure(worker, slow.url), await configure(worker, honest.url)] as const
  for (const provider of providers) await signIn(worker, provider)
  const [one, other] = [await connectionAt(providers[1]), await connectionAt(providers[0])]
  await worker.answers['same-person']({ one: one.id, other: other.id, same: true })
  const busy = Promise.withResolvers<void>()
  const refresh = worker.sessions.exclusively(other.id, () => busy.promise)
  const again = signIn(worker, providers[0])
  await vi.waitFor(() => expect(slow.requestsTo('/oauth/token')).toBe(2))
  await worker.answers['same-person']({ one: one.id, other: other.id, same: false })
  busy.resolve()
  await Promise.all([refresh, again])
  const after = await connectionAt(providers[0])
  expect(after.samePerson).toBeUndefined()
  expect(after.apartFrom).toEqual([one.id])
})

it('F46 a provider that is removed leaves no token and no name of a person who signed in meanwhile', async () => {
  const worker = createWorker()
  const provider = await configure(worker, slow.url)
  slow.script = { ...revokes(slow), tokens: { refresh_token: 'first' } }
  await signIn(worker, provider)
  const revocation = Promise.withResolvers<void>()
  slow.script = {
    ...revokes(slow, revocation.promise),
    claims: { sub: 'mara', name: 'Mara' },
    tokens: { refresh_token: 'second', patient: 'q' },
  }
  const removing = worker.removeProvider({ providerId: provider.id })
  await vi.waitFor(() => expect(slow.requestsTo('/oauth/revoke')).toBe(1))
  await signIn(worker, provider)
  revocation.resolve()
  await removing
  for (const area of ['local', 'session'] as const) expect(await storedText(area)).not.toMatch(/Mara|mara/)
  await expectNothingKept()
})

it('F46 nobody is signed in at a provider that was removed, or became another one, meanwhile', async () => {
  const worker = createWorker()
  for (const change of ['removed', 'changed']) {
    const provider = await configure(worker, slow.url)
    const release = keepPatientWaiting(slow)
    const refusal = expect(signIn(worker, provider)).rejects.toMatchObject({ code: 'interrupted' })
    await vi.waitFor(() => expect(slow.requestsTo('/fhir/Patient/p')).toBe(1))
    // Leaves out the function that cancels a sign-in.
    if (change === 'removed') await worker.providers.remove(provider.id)
    else await worker.providers.save({ ...provider, clientId: 'another' })
    release()
    await refusal
    await expectNothingKept()
    slow.requests.length = 0
  }
})

it('F46 the next worker forgets connections whose provider was removed', async () => {
  const worker = createWorker()
  const provider = await configure(worker, honest.url)
  await signIn(worker, provider)
  await worker.providers.remove(provider.id)
  await worker.settle()
  await expectNothingKept()
})

it("F46 the popup's place is not kept once nobody is signed in there", async () => {
  const worker = createWorker()
  await signIn(worker, await configure(worker, honest.url))
  const [id = ''] = Object.keys(await items.sessions.get())
  const place = { connectionId: id, typed: { family: 'Doe' } }
  await rememberPlace(place)
  expect(await items.place.get()).toEqual(place)
  await worker.signOut(id)
  await rememberPlace(place)
  expect(await items.place.get()).toEqual({ home: true })
})

it('F68 a grant from after the lock was set is not ended like those that were on the disk before', async () => {
  const worker = createWorker()
  honest.script = { tokens: { refresh_token: 'before' } }
  const provider = await configure(worker, honest.url)
  await signIn(worker, provider)
  honest.script = {
    ...honest.script,
    first: ({ url }, response) => url === '/oauth/token' && Boolean(response.destroy()),
  }
  await worker.answers['set-lock']({ lock: { pin: '493817' }, after: 5 })
  const { id } = await connectionAt(provider)
  expect(Object.keys(await items.exposed.get())).toEqual([id])
  honest.script = { tokens: { refresh_token: 'after' } }
  await signIn(worker, provider)
  expect(await items.exposed.get()).toEqual({})
  honest.script = { tokens: { access_token: 'another', id_token: undefined } }
  await items.sessions.update(({ [id]: session, ...others }) => {
    const { access: _used, ...rest } = session as Session
    return { ...others, [id]: rest }
  })
  await worker.sessions.renew(id)
  expect((await items.sessions.get())[id]?.access?.token).toBe('another')
})

it('F46 a person who signs in again stays signed in, whatever answer an older read gets afterwards', async () => {
  const worker = createWorker()
  const provider = await configure(worker, slow.url)
  const { promise, resolve } = Promise.withResolvers<void>()
  const answers = [Promise.resolve(), promise]
  slow.script = {
    tokens: { refresh_token: 'first' },
    fhir: (_request, response) => void answers.shift()?.then(() => response.writeHead(401).end()),
  }
  await signIn(worker, provider)
  const { id } = await connectionAt(provider)
  const access = await worker.sessions.access(id)
  const readAnswer = expect(access.fetch(new URL(`${slow.url}/fhir/Observation`))).rejects.toMatchObject({
    code: 'session-ended',
  })
  await vi.waitFor(() => expect(slow.requestsTo('/fhir/Observation')).toBe(2))
  slow.script = { ...slow.script, tokens: { refresh_token: 'second', access_token: 'kept' } }
  await signIn(worker, provider)
  resolve()
  await readAnswer
  expect((await items.sessions.get())[id]?.access?.token).toBe('kept')
})

it('F46 a client secret that is removed during its first use stays removed', async () => {
  const vault = createVault(createKeyring(createKeyStore()))
  let meanwhile = async () => {}
  const providers = createProviders({
    ...vault,
    seal: async (...given) => {
      await meanwhile()
      return vault.seal(...given)
    },
  })
  const form = {
    name: 'Riverside Clinic',
    clientId: 'carekey',
    fhirBase: `${honest.url}/fhir`,
    authorizationEndpoint: `${honest.url}/oauth/authorize`,
    redirectUri: '',
  }
  const { id } = await providers.save({ ...form, clientSecret: 'secret' })
  meanwhile = async () => void (await providers.save({ ...form, id, clientSecret: '' }))
  await providers.clientAuthentication({ id, ...form }, honest.url)
  expect(await items.secrets.get()).toEqual({})
})
