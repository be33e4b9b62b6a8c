import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  clearBrowser,
  configure,
  createProfile,
  createWorker,
  restartBrowser,
  signInAs,
  storedText,
} from '../../fixtures/worker.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)
afterEach(() => vi.restoreAllMocks())

const goOffline = () => vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))

/** Sets the clock to `time` milliseconds after `start`. */
const wait = (start: number, time: number) => vi.spyOn(Date, 'now').mockReturnValue(start + time)

const signedIn = async (profile = createProfile()) => {
  const worker = createWorker(profile)
  const provider = await configure(worker, riverside.url)
  const { id } = await signInAs(worker, provider, { username: 'john', window: 'day' })
  return { worker, provider, id, tokens: await worker.sessions.tokens(id) }
}

/** The organization answers each revocation, and nothing else, with this status. */
const answerRevocations = (status: number) => {
  const { fetch } = globalThis
  return vi
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async (...given) =>
      new Request(...given).url.endsWith('/oauth/revoke')
        ? Response.json({ error: 'unsupported_token_type' }, { status })
        : fetch(...given),
    )
}

/** How many grants the person is told of. */
const told = async (worker: Awaited<ReturnType<typeof signedIn>>['worker']) =>
  (await worker.state()).unrevoked?.length ?? 0

const signedOutOffline = async (profile = createProfile()) => {
  const visit = await signedIn(profile)
  const start = Date.now()
  wait(start, 0)
  const offline = goOffline()
  expect(await visit.worker.signOut(visit.id)).toMatchObject({ outcome: 'unreachable' })
  return { ...visit, start, offline }
}

describe('a revocation that could not be sent', () => {
  it('is tried again after 1 min, 10 min, 1 h, 6 h and 24 h, and then dropped', async () => {
    const { worker, start, offline } = await signedOutOffline()
    for (const time of [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR]) {
      expect(await worker.revocations.nextTry()).toBe(start + time)
      wait(start, time - 1)
      offline.mockClear()
      await worker.revocations.retry('due')
      expect(offline).not.toHaveBeenCalled()
      wait(start, time)
      await worker.revocations.retry('due')
      expect(offline).toHaveBeenCalledTimes(1)
    }
    expect(await worker.revocations.nextTry()).toBeUndefined()
    expect(await items.revocations.get()).toEqual([])
  })

  it('outlives the browser, sealed, and nothing else of the connection does', async () => {
    const profile = createProfile()
    const { tokens } = await signedOutOffline(profile)
    await restartBrowser()
    const storage = await storedText('local')
    for (const token of tokens) expect(storage).not.toContain(token)
    expect(await items.grants.get()).toEqual({})
    const [waiting] = await items.revocations.get()
    // Its size shows that it contains no name, scope or patient.
    expect(waiting?.data.length).toBeLessThan(700)

    vi.restoreAllMocks()
    const [refresh = '', access = ''] = tokens
    expect(await isGood(riverside.url, access)).toBe(true)
    await createWorker(profile).revocations.retry('all')
    for (const token of [refresh, access]) expect(await isGood(riverside.url, token)).toBe(false)
    expect(await items.revocations.get()).toEqual([])
  })

  it('is shown in the row of its connection, which says once when a later try reached the organization', async () => {
    const { worker, id, start } = await signedOutOffline()
    const row = async () => (await worker.state()).connections.find((each) => each.id === id)
    expect(await row()).toMatchObject({ signedIn: false, endUntoldUntil: start + 24 * HOUR })
    vi.restoreAllMocks()
    await worker.revocations.retry('all')
    expect(await row()).not.toHaveProperty('endUntoldUntil')
    const [notice, ...more] = (await worker.state()).unrevoked ?? []
    expect(notice).toMatchObject({ organization: 'Riverside Clinic', person: 'John Doe', ended: true })
    expect(more).toEqual([])
    await worker.answers['dismiss-unrevoked']({ id: notice?.id ?? '' })
    expect((await worker.state()).unrevoked).toBeUndefined()
  })

  it('is no longer shown there when a day of tries is over', async () => {
    const { worker, id, start } = await signedOutOffline()
    wait(start, 24 * HOUR - 1)
    await items.revocations.update((all) => all.map((each) => ({ ...each, tried: start + 6 * HOUR })))
    expect((await worker.state()).connections.find((each) => each.id === id)).toHaveProperty('endUntoldUntil')
    wait(start, 24 * HOUR)
    await worker.revocations.retry('due')
    expect((await worker.state()).connections[0]).not.toHaveProperty('endUntoldUntil')
  })

  it('is sent in the name of its application, even if the provider is removed meanwhile', async () => {
    const { worker, provider, tokens } = await signedOutOffline()
    await worker.providers.remove(provider.id)
    vi.restoreAllMocks()
    await worker.revocations.retry('all')
    for (const token of tokens) expect(await isGood(riverside.url, token)).toBe(false)
  })

  it("is sent without the provider's secret if that belongs to another application by now", async () => {
    const { worker, provider } = await signedOutOffline()
    await worker.providers.save({ ...provider, clientId: 'another', clientSecret: 'of another application' })
    vi.restoreAllMocks()
    const requests = vi.spyOn(globalThis, 'fetch')
    await worker.revocations.retry('all')
    expect(requests).toHaveBeenCalledTimes(2)
    for (const [, init] of requests.mock.calls)
      expect(new Headers(init?.headers).has('authorization')).toBe(false)
  })

  it('waits if the organization is too busy to answer', async () => {
    const { worker, id } = await signedIn()
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () =>
      Response.json({ error: 'temporarily_unavailable' }, { status: 429 }),
    )
    expect(await worker.signOut(id)).toMatchObject({ outcome: 'unreachable' })
    expect(await worker.revocations.nextTry()).toBeDefined()
  })
})

describe('an organization without a way to revoke', () => {
  const grant = {
    providerId: 'gone',
    fhirBase: 'https://clinic.example/fhir',
    clientId: 'carekey',
    server: { issuer: 'https://clinic.example', management_endpoint: 'https://clinic.example/account' },
    tokens: ['refresh'],
  }
  const message = { organization: 'clinic.example', page: 'https://clinic.example/account' }

  it.each([
    ['F42 is told to the person', {}, [message]],
    ['F42 is told where it ends earlier here than there', { endsAt: 1, endsBy: 'policy' }, [message]],
    ['F42 is reported while it is still valid there', { endsAt: Date.now() + HOUR }, [message]],
    ['F42 is told of no more when its time is over there too', { endsAt: 1 }, []],
    ['F42 is not reported if it has also ended there', { tokens: [] }, []],
  ] as const)('%s', async (_title, terms, expected) => {
    const worker = createWorker()
    await worker.revocations.queue(
      { ...grant, ...terms, tokens: [...('tokens' in terms ? terms.tokens : grant.tokens)] },
      'gone',
    )
    expect((await worker.state()).unrevoked ?? []).toMatchObject(expected)
    expect((await worker.state()).unrevoked ?? []).toHaveLength(expected.length)
  })

  it('F42 is told with the name of the person whose grant it is, and without it once their connection is removed', async () => {
    const { worker, id } = await signedIn()
    answerRevocations(400)
    await worker.signOut(id)
    expect((await worker.state()).unrevoked).toMatchObject([
      { person: 'John Doe', connectionId: expect.any(String) },
    ])
    expect(JSON.stringify(await items.unrevoked.get())).not.toContain('John')
    await worker.removeConnection(id)
    expect((await worker.state()).unrevoked?.[0]).not.toHaveProperty('person')
  })

  it('F42 is reported when a provider is removed or becomes another one, because the page shows no answer there', async () => {
    const { worker, provider } = await signedIn()
    answerRevocations(400)
    await worker.removeConnectionsOf(provider.id)
    expect((await worker.state()).unrevoked).toMatchObject([{ organization: 'Riverside Clinic' }])
  })
})

describe('a session that expires', () => {
  it('is reported to the organization a minute later, once, and delays nobody', async () => {
    const { worker, tokens } = await signedIn()
    const [refresh = ''] = tokens
    const start = Date.now()
    wait(start, 25 * HOUR)
    const requests = goOffline()
    const [first, second] = await Promise.all([worker.state(), worker.state()])
    expect([first, second].map(({ connections }) => connections[0]?.signedIn)).toEqual([false, false])
    expect(requests).not.toHaveBeenCalled()
    expect(await items.revocations.get()).toHaveLength(1)
    expect(await worker.revocations.nextTry()).toBe(start + 25 * HOUR + MINUTE)
    expect(await storedText('local')).not.toContain(refresh)

    vi.restoreAllMocks()
    await worker.revocations.retry('all')
    expect(await isGood(riverside.url, tokens[1] ?? '')).toBe(false)
    expect(await items.revocations.get()).toEqual([])
  })
})

describe('an end that the organization refuses', () => {
  describe.each(['sign-out', 'remove-connection', 'disconnect-everywhere'] as const)(
    'F42 after %s',
    (name) => {
      const end = async (page: AbortController) => {
        const { worker, id } = await signedIn()
        answerRevocations(400)
        const answering = worker.answers as Record<string, (input: unknown, signal: AbortSignal) => unknown>
        expect(await answering[name]?.({ connectionId: id, isShown: true }, page.signal)).toMatchObject(
          name === 'disconnect-everywhere' ? [{ outcome: 'refused' }] : { outcome: 'refused' },
        )
        return told(worker)
      }

      it('is not told again by the page that shows the answer', async () => {
        expect(await end(new AbortController())).toBe(0)
      })

      it('is told later if the page was closed before the answer', async () => {
        const page = new AbortController()
        page.abort()
        expect(await end(page)).toBe(1)
      })
    },
  )

  it('F42 is told later after a page that does not show the answer', async () => {
    const { worker, id } = await signedIn()
    answerRevocations(400)
    await worker.answers['sign-out']({ connectionId: id }, new AbortController().signal)
    expect(await told(worker)).toBe(1)
  })

  it('F42 is told of one organization while another keeps the same request waiting', async () => {
    const { worker } = await signedIn()
    const provider = await configure(worker, riverside.url)
    await signInAs(worker, provider, { username: 'jane', window: 'day' })
    const silent = Promise.withResolvers<Response>()
    let asked = 0
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () =>
      asked++ === 0 ? silent.promise : Response.json({ error: 'unsupported_token_type' }, { status: 400 }),
    )
    const ending = worker.answers['disconnect-everywhere'](undefined, new AbortController().signal)
    await expect.poll(() => told(worker)).toBe(1)
    silent.reject(new TypeError('fetch failed'))
    await ending
    expect(await told(worker)).toBe(0)
  })

  it('F42 is told of the earlier grant of a person who signs in again', async () => {
    const { worker, provider } = await signedIn()
    answerRevocations(400)
    await signInAs(worker, provider, { username: 'john', window: 'day' })
    expect(await told(worker)).toBe(1)
  })

  it('F42 says nothing of an end while the person is signed in again', async () => {
    const { worker, provider, id } = await signedIn()
    const revoking = answerRevocations(503)
    await signInAs(worker, provider, { username: 'john', window: 'day' })
    expect((await worker.connections()).find((each) => each.id === id)).not.toHaveProperty('endUntoldUntil')
    revoking.mockRestore()
    await worker.revocations.retry('all')
    expect(await items.revocations.get()).toEqual([])
    expect(await told(worker)).toBe(0)
  })

  it('F42 of an access token whose grant goes on is tried once, and told of to nobody', async () => {
    const { worker } = await signedIn()
    const [session] = Object.values(await items.sessions.get())
    if (!session) throw new Error('Nobody is signed in.')
    for (const status of [503, 400]) {
      answerRevocations(status)
      await worker.revocations.revokeAccess({ ...session, tokens: ['wide'] })
    }
    expect(await items.revocations.get()).toEqual([])
    expect(await told(worker)).toBe(0)
  })

  it('F42 with full storage, a session that is over ends, and its organization is told once there is room', async () => {
    const { worker, id } = await signedIn()
    const { set } = fakeBrowser.storage.local
    vi.spyOn(fakeBrowser.storage.local, 'set').mockImplementation(async (values: object) => {
      if ('revocations' in values && (await items.sessions.has(id))) throw new Error('Quota exceeded')
      return set(values as never)
    })
    await items.sessions.change(id, (session) => session && { ...session, endsAt: Date.now() - 1 })
    expect((await worker.state()).connections).toMatchObject([{ signedIn: false }])
    expect(await items.grants.get()).toEqual({})
    expect(await items.revocations.get()).toHaveLength(1)
  })
})
