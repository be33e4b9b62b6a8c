import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  restartBrowser,
  signInAs,
  storedText,
} from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)
afterEach(() => vi.restoreAllMocks())

const signedIn = async (window: 'visit' | 'day' = 'day') => {
  const worker = createWorker()
  const provider = await configure(worker, riverside.url)
  const connection = await signInAs(worker, provider, { username: 'john', window })
  const connectionId = connection.id
  const read = () => worker.answers['search-patients']({ connectionId, query: {} })
  return { worker, provider, connectionId, read }
}

type Worker = ReturnType<typeof createWorker>

const revokeAtOrganization = (token: string) =>
  fetch(`${riverside.url}/oauth/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token, client_id: 'carekey' }),
  })

/** Counts requests to the organization by the end of their path, and sends them. */
const watchRequests = (path: string) => {
  const send = globalThis.fetch
  const requests: RequestInit[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    if (new URL(String(url)).pathname.endsWith(path)) requests.push(init ?? {})
    return send(url, init)
  })
  return requests
}

const forgetAccessToken = (connectionId: string, token = 'x'.repeat(43)) =>
  items.sessions.update((sessions) => {
    const session = sessions[connectionId]
    if (!session) return sessions
    const access = { token, receivedAt: 0, endsAt: Date.now() + 3_600_000 }
    return { ...sessions, [connectionId]: { ...session, access } }
  })

describe('refreshing', () => {
  it('E20 happens once for fifteen requests that all get a 401', async () => {
    const { connectionId, read } = await signedIn()
    await forgetAccessToken(connectionId)
    const refreshes = watchRequests('/oauth/token')
    const pages = await Promise.all(Array.from({ length: 15 }, read))
    expect(pages.every(({ patients }) => patients.length === 1)).toBe(true)
    expect(refreshes).toHaveLength(1)
  })

  it('keeps the rotated refresh token, so that the next refresh works too', async () => {
    const { worker, connectionId, read } = await signedIn()
    const [first] = await worker.sessions.tokens(connectionId)
    await forgetAccessToken(connectionId)
    await read()
    const [second] = await worker.sessions.tokens(connectionId)
    expect(second).not.toBe(first)
    await restartBrowser()
    await read()
    expect((await worker.state()).connections[0]?.signedIn).toBe(true)
  })

  it('ends the session when the organization has withdrawn the grant', async () => {
    const { worker, connectionId, read } = await signedIn()
    const [refresh = ''] = await worker.sessions.tokens(connectionId)
    await revokeAtOrganization(refresh)
    await expect(read()).rejects.toMatchObject({ code: 'session-ended' })
    await expect(read()).rejects.toMatchObject({ code: 'signed-out' })
    expect((await worker.state()).connections[0]?.signedIn).toBe(false)
  })

  it('keeps the session when the organization cannot be reached', async () => {
    const { worker, connectionId, read } = await signedIn()
    await forgetAccessToken(connectionId)
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
    await expect(read()).rejects.toMatchObject({ code: 'unreachable' })
    vi.restoreAllMocks()
    expect((await read()).patients).toHaveLength(1)
    expect((await worker.state()).connections[0]?.signedIn).toBe(true)
  })

  it('does not happen for a visit: the session ends with its access token', async () => {
    const { connectionId, read } = await signedIn('visit')
    await forgetAccessToken(connectionId)
    await expect(read()).rejects.toMatchObject({ code: 'session-ended' })
  })
})

describe('an organization whose FHIR server no longer knows the session', () => {
  it('a visit that the browser took with it is listed until it ends at the organization too', async () => {
    const { worker, connectionId } = await signedIn('visit')
    const shown = async () => (await worker.state()).connections[0]
    const { endsAt } = (await shown()) ?? {}
    expect(await shown()).toMatchObject({ signedIn: true, endsAt: expect.any(Number) })
    expect(await shown()).not.toHaveProperty('visitEndsAt')
    await restartBrowser()
    expect(await shown()).toMatchObject({ signedIn: false, visitEndsAt: endsAt })
    await signInAs(worker, (await worker.state()).providers[0] as never, {
      username: 'john',
      window: 'visit',
    })
    await worker.signOut(connectionId)
    expect(await shown()).toMatchObject({ signedIn: false })
    expect(await shown()).not.toHaveProperty('visitEndsAt')
  })

  it('F76 is told to revoke the tokens that are dropped after the second 401', async () => {
    const { worker, connectionId, read } = await signedIn()
    const before = await worker.sessions.tokens(connectionId)
    const send = globalThis.fetch
    const refreshTokens = [...before]
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      const { pathname } = new URL(String(url))
      if (pathname.startsWith('/fhir/Patient')) return new Response(null, { status: 401 })
      const response = await send(url, init)
      if (pathname === '/oauth/token') refreshTokens.push((await response.clone().json()).refresh_token)
      return response
    })
    await expect(read()).rejects.toMatchObject({ code: 'session-ended' })
    vi.restoreAllMocks()
    expect(refreshTokens).toHaveLength(before.length + 1)
    expect(await items.grants.get()).toEqual({})
    await worker.revocations.retry('all')
    for (const token of refreshTokens) expect(await isGood(riverside.url, token)).toBe(false)
  })
})

describe('the end of the window', () => {
  it('ends the session and wipes it', async () => {
    const { worker, connectionId, read } = await signedIn()
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * 3_600_000)
    await expect(read()).rejects.toMatchObject({ code: 'signed-out' })
    expect((await worker.state()).connections[0]).toMatchObject({
      signedIn: false,
      person: { name: 'John Doe' },
    })
    expect(await items.grants.get()).toEqual({})
    expect(Object.keys(await items.sessions.get())).not.toContain(connectionId)
  })
})

describe('signing out', () => {
  it('E17 revokes at the organization, then deletes everything here but the name', async () => {
    const { worker, connectionId } = await signedIn()
    const tokens = await worker.sessions.tokens(connectionId)
    expect(await isGood(riverside.url, tokens[1] ?? '')).toBe(true)
    expect(await worker.signOut(connectionId)).toMatchObject({ outcome: 'revoked' })
    for (const token of tokens) expect(await isGood(riverside.url, token)).toBe(false)
    expect(await items.sessions.get()).toEqual({})
    expect(await items.grants.get()).toEqual({})
    const [connection] = (await worker.state()).connections
    expect(connection).toMatchObject({ signedIn: false, person: { name: 'John Doe' } })
    expect(connection).not.toHaveProperty('patient')
  })

  it('deletes here even if the organization cannot be reached, and revokes there later', async () => {
    const { worker, connectionId } = await signedIn()
    const [refresh = '', access = ''] = await worker.sessions.tokens(connectionId)
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
    expect(await worker.signOut(connectionId)).toMatchObject({ outcome: 'unreachable' })
    vi.restoreAllMocks()
    const storage = (await storedText('local')) + (await storedText('session'))
    expect(storage).not.toContain(refresh)
    expect(storage).not.toContain(access)

    expect(await isGood(riverside.url, access)).toBe(true)
    await worker.revocations.retry('all')
    expect(await items.revocations.get()).toEqual([])
    expect(await isGood(riverside.url, access)).toBe(false)
  })

  it('says that an organization without revocation offers no way to end it sooner', async () => {
    const { worker, connectionId } = await signedIn()
    await items.sessions.update((all) =>
      Object.fromEntries(
        Object.entries(all).map(([id, session]) => {
          const { revocation_endpoint: _none, ...server } = session.server
          return [id, { ...session, server }]
        }),
      ),
    )
    expect(await worker.signOut(connectionId)).toMatchObject({ outcome: 'not-offered' })
    expect(await worker.revocations.nextTry()).toBeUndefined()
  })

  it('sends the refresh token first', async () => {
    const { worker, connectionId } = await signedIn()
    const [refresh] = await worker.sessions.tokens(connectionId)
    const revocations = watchRequests('/oauth/revoke')
    await worker.signOut(connectionId)
    const [first] = revocations
    expect(new URLSearchParams(String(first?.body)).get('token')).toBe(refresh)
  })

  it('waits for a refresh, whose new tokens would otherwise survive it', async () => {
    const { worker, connectionId, read } = await signedIn()
    await forgetAccessToken(connectionId)
    const reading = read().catch(() => undefined)
    await worker.signOut(connectionId)
    await reading
    expect(await items.grants.get()).toEqual({})
    expect(await items.sessions.get()).toEqual({})
  })

  it('can forget the connection as well', async () => {
    const { worker, connectionId } = await signedIn()
    expect(await worker.removeConnection(connectionId)).toMatchObject({ outcome: 'revoked' })
    expect((await worker.state()).connections).toEqual([])
  })

  it('forgets the typed text and opened patients there, and nothing of another connection', async () => {
    const { worker, connectionId } = await signedIn()
    const typedFields = { family: 'Doe' }
    await items.place.set({ connectionId: 'another', typed: typedFields })
    await worker.signOut(connectionId)
    expect((await worker.state()).place).toEqual({ connectionId: 'another', typed: typedFields })

    const again = await signedIn()
    await items.place.set({ connectionId: again.connectionId, typed: typedFields })
    await again.worker.signOut(again.connectionId)
    expect((await again.worker.state()).place).toEqual({ home: true })
  })

  const meanwhile = {
    'disconnecting everywhere': (worker: Worker) => worker.disconnectEverywhere(),
    'removing the connection': (worker: Worker, id: string) => worker.removeConnection(id),
    'removing the provider': async (worker: Worker, _id: string, providerId: string) => {
      await worker.removeConnectionsOf(providerId)
      await worker.providers.remove(providerId)
    },
    'giving the provider another application': (worker: Worker, _id: string, providerId: string) =>
      worker.signOutBeforeChange(providerId),
  }
  const steps = ['/oauth/authorize', '/.well-known/smart-configuration', '/oauth/token', '/Patient/john-doe']

  it.each(Object.keys(meanwhile).flatMap((what) => steps.map((step) => [what, step] as const)))(
    'F14 %s while a sign-in waits for %s leaves nobody signed in, and revokes what arrives late',
    async (what, step) => {
      const { worker, provider, connectionId } = await signedIn()
      const tokens: string[] = []
      let ending: Promise<unknown> | undefined
      const endNow = () => {
        ending ??= meanwhile[what as keyof typeof meanwhile](worker, connectionId, provider.id)
        return ending
      }
      const send = globalThis.fetch
      vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
        const response = await send(url, init)
        const { pathname } = new URL(String(url instanceof Request ? url.url : url))
        if (pathname === '/oauth/token' && response.ok) {
          const { access_token, refresh_token } = await response.clone().json()
          tokens.push(access_token, refresh_token)
        }
        if (pathname.endsWith(step)) await endNow()
        return response
      })
      await expect(signInAs(worker, provider, { username: 'john', window: 'day' })).rejects.toMatchObject({
        code: 'interrupted',
      })
      await ending
      vi.restoreAllMocks()
      expect(await items.sessions.get()).toEqual({})
      expect(await items.grants.get()).toEqual({})
      await worker.revocations.retry('all')
      for (const token of tokens) expect(await isGood(riverside.url, token)).toBe(false)
    },
  )

  it('reports an unknown connection', async () => {
    const { worker } = await signedIn()
    await expect(worker.signOut('another')).rejects.toMatchObject({ code: 'unknown-connection' })
  })
})
