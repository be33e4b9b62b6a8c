import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { items, type Session } from '../../../extension/storage/items.ts'
import { type ScriptedOrganization, startScriptedOrganization } from '../../fixtures/scripted-organization.ts'
import { answerAtOnce } from '../../fixtures/scripted-sign-in.ts'
import { clearBrowser, configure, createProfile, createWorker, storedText } from '../../fixtures/worker.ts'

// Signing out takes effect in this browser before the organization answers, or if it never does.

let slow: ScriptedOrganization

beforeAll(async () => {
  slow = await startScriptedOrganization()
})
afterAll(() => slow.close())
beforeEach(async () => {
  await clearBrowser()
  slow.requests.length = 0
  slow.script = {
    configuration: { revocation_endpoint: `${slow.url}/oauth/revoke` },
    tokens: { refresh_token: 'refresh' },
  }
  answerAtOnce(slow)
})
afterEach(() => slow.hangUp())

const signedIn = async () => {
  const profile = createProfile()
  const worker = createWorker(profile)
  const provider = await configure(worker, slow.url)
  const id = await worker.signIn({ providerId: provider.id, purpose: 'record' })
  return { profile, worker, provider, id }
}

/** From now on the organization leaves these requests without an answer; the others go on. */
const hang = (...paths: string[]): void => {
  slow.script = { ...slow.script, first: ({ url }) => paths.includes(url ?? '') }
}

const asked = (path: string, count = 1): Promise<void> =>
  vi.waitFor(() => expect(slow.requestsTo(path)).toBe(count))

/** Requires that nothing here opens the record, and that the tokens wait, sealed, to be revoked. */
const expectEnded = async (): Promise<void> => {
  expect([await items.sessions.get(), await items.grants.get()]).toEqual([{}, {}])
  expect(await items.revocations.get()).toHaveLength(1)
  const storage = (await storedText('local')) + (await storedText('session'))
  expect(storage).not.toMatch(/"refresh"|"access"/)
}

type Visit = Awaited<ReturnType<typeof signedIn>>

it.each<[string, (visit: Visit) => Promise<unknown>]>([
  ['signing out', ({ worker, id }) => worker.signOut(id)],
  ['signing out everywhere', ({ worker }) => worker.disconnectEverywhere()],
  ['removing a connection', ({ worker, id }) => worker.removeConnection(id)],
  ['removing a provider', ({ worker, provider }) => worker.removeProvider({ providerId: provider.id })],
  [
    'giving a provider another Client ID',
    ({ worker, provider }) => worker.saveProvider({ ...provider, clientId: 'another' }),
  ],
])('E17 %s ends the session here before the organization answers', async (_how, end) => {
  const visit = await signedIn()
  hang('/oauth/revoke')
  const ending = end(visit).catch(() => undefined)
  await asked('/oauth/revoke')
  await expectEnded()

  // The next worker, which knows nothing of the request.
  const next = createWorker(visit.profile)
  await next.settle()
  expect((await next.connections()).filter((connection) => connection.signedIn)).toEqual([])
  slow.script = { ...slow.script, first: (_request, response) => Boolean(response.writeHead(200).end()) }
  await next.revocations.retry('all')
  expect(await items.revocations.get()).toEqual([])
  slow.hangUp()
  await ending
})

it('E17 removing a provider does not wait for one connection before it ends the next', async () => {
  const { worker, provider } = await signedIn()
  slow.script = { ...slow.script, claims: { sub: 'jane' } }
  await worker.signIn({ providerId: provider.id, purpose: 'record' })
  hang('/oauth/revoke')
  const removing = worker.removeProvider({ providerId: provider.id })
  await asked('/oauth/revoke', 2)
  expect([await items.connections.get(), await items.sessions.get(), await items.grants.get()]).toEqual([
    {},
    {},
    {},
  ])
  slow.hangUp()
  await removing
})

it.each<[string, (visit: Visit) => Promise<unknown>]>([
  ['signing out', ({ worker, id }) => worker.signOut(id)],
  ['removing a connection', ({ worker, id }) => worker.removeConnection(id)],
])('E17 %s does not wait for a refresh, whose tokens are revoked when it is answered', async (_how, end) => {
  const visit = await signedIn()
  await withoutAccess(visit.id)
  const answer = Promise.withResolvers<void>()
  slow.script = {
    ...slow.script,
    tokens: { access_token: 'late-access', refresh_token: 'late-refresh', id_token: undefined },
    first: ({ url }, response) => {
      if (url === '/oauth/revoke') return Boolean(response.writeHead(200).end())
      if (url !== '/oauth/token') return false
      void answer.promise.then(() => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(
          JSON.stringify({
            access_token: 'late-access',
            token_type: 'Bearer',
            expires_in: 3600,
            refresh_token: 'late-refresh',
            scope: 'openid patient/Observation.rs',
          }),
        )
      })
      return true
    },
  }
  const renewing = expect(visit.worker.sessions.renew(visit.id)).rejects.toMatchObject({
    code: 'session-ended',
  })
  await asked('/oauth/token', 2)
  const ending = end(visit)
  await asked('/oauth/revoke')
  expect([await items.sessions.get(), await items.grants.get()]).toEqual([{}, {}])
  answer.resolve()
  await Promise.all([renewing, ending])
  expect([await items.sessions.get(), await items.grants.get()]).toEqual([{}, {}])
  await visit.worker.revocations.retry('all')
  expect(slow.requestsTo('/oauth/revoke')).toBe(3)
  expect(await items.revocations.get()).toEqual([])
})

it('E17 what was read, and is kept while somebody signs out, is deleted', async () => {
  const { worker, id } = await signedIn()
  const busy = Promise.withResolvers<void>()
  const running = worker.sessions.exclusively(id, async () => {
    await busy.promise
    await worker.copies.keep(id, 'vitals', { weight: '71.5' })
    await items.lastSearches.put(id, { query: {}, page: { patients: [] }, readAt: Date.now() } as never)
  })
  hang('/oauth/revoke')
  const ending = worker.signOut(id)
  await asked('/oauth/revoke')
  busy.resolve()
  await running
  await vi.waitFor(async () => expect(await worker.copies.find(id, 'vitals')).toBeUndefined())
  await vi.waitFor(async () => expect(await items.lastSearches.get()).toEqual({}))
  slow.hangUp()
  await ending
})

it('E17 the next worker completes a sign-out that ended between the disk and memory', async () => {
  const { profile, worker, id } = await signedIn()
  const memory = await items.sessions.get()
  hang('/oauth/revoke')
  const ending = worker.signOut(id)
  await asked('/oauth/revoke')
  await items.sessions.set(memory)
  const next = createWorker(profile)
  await next.settle()
  expect(await items.sessions.get()).toEqual({})
  expect((await next.connections())[0]).toMatchObject({ signedIn: false, endUntoldUntil: expect.any(Number) })
  slow.hangUp()
  await ending
})

it('E17 a row says that its organization was not told only once a try has failed', async () => {
  const { worker, id } = await signedIn()
  hang('/oauth/revoke')
  const ending = worker.signOut(id)
  await asked('/oauth/revoke')
  expect((await worker.connections())[0]).not.toHaveProperty('endUntoldUntil')
  slow.hangUp()
  expect(await ending).toMatchObject({ outcome: 'unreachable' })
  expect((await worker.connections())[0]).toHaveProperty('endUntoldUntil')
})

it('E17 a person who signs in again while the organization is being told stays signed in', async () => {
  const { worker, provider, id } = await signedIn()
  hang('/oauth/revoke')
  const ending = worker.signOut(id)
  await asked('/oauth/revoke')
  expect(await worker.signIn({ providerId: provider.id, purpose: 'record' })).toBe(id)
  slow.hangUp()
  await ending
  expect((await worker.connections())[0]).toMatchObject({ signedIn: true })
})

it('E17 a session that something running stores after the sign-out ends too', async () => {
  const { worker, id } = await signedIn()
  const memory = await items.sessions.get()
  const busy = Promise.withResolvers<void>()
  const running = worker.sessions.exclusively(id, async () => {
    await busy.promise
    await items.sessions.set(memory)
  })
  hang('/oauth/revoke')
  const ending = worker.signOut(id)
  await asked('/oauth/revoke')
  busy.resolve()
  await running
  await vi.waitFor(async () => expect(await items.sessions.get()).toEqual({}))
  slow.hangUp()
  await ending
})

/** Takes the access token away, so that the next request refreshes. */
const withoutAccess = (id: string) =>
  items.sessions.change(id, (session) => {
    const { access: _used, ...rest } = session as Session
    return rest
  })
