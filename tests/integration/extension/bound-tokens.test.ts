import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { createDpopKey } from '../../fixtures/dpop-key.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { type ScriptedOrganization, startScriptedOrganization } from '../../fixtures/scripted-organization.ts'
import {
  clearBrowser,
  configure,
  createProfile,
  createWorker,
  readLog,
  restartBrowser,
  signInAs,
} from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)
afterEach(() => vi.restoreAllMocks())

const signedIn = async () => {
  const profile = createProfile()
  const worker = createWorker(profile)
  const provider = await configure(worker, riverside.url)
  const { id } = await signInAs(worker, provider, { username: 'john', window: 'day' })
  const [refresh = '', access = ''] = await worker.sessions.tokens(id)
  const read = (by = worker) => by.answers['search-patients']({ connectionId: id, query: {} })
  return { profile, worker, provider, id, refresh, access, read }
}

/** The requests to the organization; `answer` may replace its answer. */
const watch = (
  answer: (request: Request, real: Response) => Response | Promise<Response> = (_, real) => real,
) => {
  const send = globalThis.fetch
  const requests: Request[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const { signal: _ours, ...rest } = init ?? {}
    const request = new Request(url, rest)
    requests.push(request)
    return answer(request, await send(url, init))
  })
  return requests
}

const expire = (id: string) =>
  items.sessions.update((all) => {
    const session = all[id]
    return session?.access
      ? { [id]: { ...session, access: { ...session.access, receivedAt: 0, endsAt: 0 } } }
      : all
  })

describe('tokens', () => {
  it('are bound to a key that cannot be exported, and sent with a new proof in each request', async () => {
    const { profile, access, read } = await signedIn()
    const [id = ''] = await profile.pairs.ids()
    expect((await profile.pairs.find(id))?.privateKey.extractable).toBe(false)
    const requests = watch()
    await read()
    await read()
    expect(requests).toHaveLength(2)
    const proofs = requests.map(({ headers }) => decodeJwt(headers.get('dpop') ?? ''))
    expect(requests.every(({ headers }) => headers.get('authorization') === `DPoP ${access}`)).toBe(true)
    expect(proofs[0]).toMatchObject({
      htm: 'GET',
      htu: `${riverside.url}/fhir/Patient`,
      ath: expect.any(String),
    })
    expect(proofs[0]?.jti).not.toBe(proofs[1]?.jti)
  })

  it('prove the access log as well', async () => {
    const { worker, id } = await signedIn()
    const { proof } = await readLog(worker, { connectionId: id })
    expect(proof.outcome).toBe('complete')
  })

  it('are renewed with the same key, also after a browser restart', async () => {
    const { profile, worker, id, access, read } = await signedIn()
    const keys = await profile.pairs.ids()
    await restartBrowser()
    expect((await read()).patients).toHaveLength(1)
    expect(await worker.sessions.tokens(id)).not.toContain(access)
    expect(await profile.pairs.ids()).toEqual(keys)
  })

  it('E21 survive a lost answer: the same refresh with a new proof gets the same answer', async () => {
    const { id, read } = await signedIn()
    await expire(id)
    let lostCount = 0
    const requests = watch((request, real) => {
      if (!request.url.endsWith('/oauth/token') || lostCount > 0) return real
      lostCount++
      throw new TypeError('fetch failed')
    })
    expect((await read()).patients).toHaveLength(1)
    const refreshes = requests.filter(({ url }) => url.endsWith('/oauth/token'))
    const [first, second] = await Promise.all(refreshes.map((request) => request.text()))
    expect(second).toBe(first)
    const [old, fresh] = refreshes.map(({ headers }) => decodeJwt(headers.get('dpop') ?? '').jti)
    expect(fresh).not.toBe(old)
  })

  it('stay valid for two workers that renew at the same moment, as after an update', async () => {
    const { profile, id, read } = await signedIn()
    await expire(id)
    // Two workers do not share a lock across a crash.
    vi.spyOn(navigator.locks, 'request').mockImplementation(((...given: [...unknown[], () => unknown]) =>
      (given.at(-1) as () => unknown)()) as never)
    const other = createWorker(profile)
    const pages = await Promise.all([read(), read(other)])
    expect(pages.map(({ patients }) => patients.length)).toEqual([1, 1])
    expect((await read()).patients).toHaveLength(1)
  })
})

describe('signing in again', () => {
  it('does not interrupt concurrent readers: they continue with the new token and its own key', async () => {
    const { worker, provider, id, read } = await signedIn()
    const reading = Promise.all(
      Array.from({ length: 20 }, async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 200))
        return read()
      }),
    )
    await signInAs(worker, provider, { username: 'john', window: 'day' })
    const pages = await reading
    expect(pages.every(({ patients }) => patients.length === 1)).toBe(true)
    expect((await worker.state()).connections).toMatchObject([{ id, signedIn: true }])
    expect((await read()).patients).toHaveLength(1)
  })

  it('that replaces the key in the middle of a request lets the request continue with the new one', async () => {
    const { profile, worker, provider, id, read } = await signedIn()
    const old = await items.sessions.get()
    await signInAs(worker, provider, { username: 'john', window: 'day' })
    const current = await items.sessions.get()
    // The request has already read the key that is then replaced.
    const get = vi.spyOn(items.sessions, 'get').mockResolvedValueOnce(old).mockResolvedValueOnce(old)
    expect((await read()).patients).toHaveLength(1)
    get.mockRestore()
    expect((await items.sessions.get())[id]?.proofKey).toBe(current[id]?.proofKey)
    expect(await profile.pairs.ids()).toEqual([current[id]?.proofKey])
  })
})

describe('E16 a copy of storage.local and storage.session', () => {
  it('opens nothing in another profile, and sends nothing from there', async () => {
    const { worker, read, access } = await signedIn()
    const thief = createWorker(createProfile())
    const storedItem = await items.sessions.get()
    const requests = watch()
    await expect(read(thief)).rejects.toMatchObject({ code: 'session-ended' })
    expect(requests).toEqual([])
    vi.restoreAllMocks()
    await items.sessions.set(storedItem)
    expect(await isGood(riverside.url, access)).toBe(true)
    expect((await read(worker)).patients).toHaveLength(1)
  })

  it('is useless outside the browser: neither token works with any other key', async () => {
    const { refresh, access, read } = await signedIn()
    const thief = await createDpopKey()
    const url = `${riverside.url}/fhir/Patient`
    const bearer = await fetch(url, { headers: { authorization: `Bearer ${access}` } })
    expect(bearer.status).toBe(401)
    const proof = await thief.proof({ method: 'GET', url, token: access })
    const response = await fetch(url, { headers: { authorization: `DPoP ${access}`, dpop: proof } })
    expect(response.status).toBe(401)

    const token = `${riverside.url}/oauth/token`
    const renew = (headers: Record<string, string>) =>
      fetch(token, {
        method: 'POST',
        headers,
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: refresh,
          client_id: 'carekey',
        }),
      })
    const answers = [
      await renew({}),
      await renew({ dpop: await thief.proof({ method: 'POST', url: token }) }),
    ]
    for (const answer of answers) {
      expect(answer.status).toBe(400)
      expect(await answer.text()).not.toMatch(/access_token/)
    }
    // The owner's own tokens still work after the failed attempts.
    expect((await read()).patients).toHaveLength(1)
  })
})

describe('E17 the key', () => {
  it('is deleted by signing out, and with the connection', async () => {
    const { profile, worker, id } = await signedIn()
    await worker.signOut(id)
    expect(await profile.pairs.ids()).toEqual([])
  })

  it('is deleted when the grant has ended, also while the browser was closed', async () => {
    const { profile, worker } = await signedIn()
    await restartBrowser()
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * 3_600_000)
    expect((await worker.state()).connections).toMatchObject([{ signedIn: false }])
    expect(await profile.pairs.ids()).toEqual([])
  })

  it('is a new one after signing in again', async () => {
    const { profile, worker, provider } = await signedIn()
    const [first] = await profile.pairs.ids()
    await signInAs(worker, provider, { username: 'john', window: 'day' })
    const [second, ...more] = await profile.pairs.ids()
    expect(second).not.toBe(first)
    expect(more).toEqual([])
  })

  it('of one person stays when another signs out', async () => {
    const { profile, worker, provider, read } = await signedIn()
    const jane = await signInAs(worker, provider, { username: 'jane', window: 'day' })
    expect(await profile.pairs.ids()).toHaveLength(2)
    await worker.signOut(jane.id)
    expect(await profile.pairs.ids()).toHaveLength(1)
    expect((await read()).patients).toHaveLength(1)
  })
})

/** Redirects back with a code at once. */
const sitBeforeScripted = (organization: ScriptedOrganization): void => {
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const { searchParams } = new URL(url)
    organization.nonce = searchParams.get('nonce') ?? ''
    const answer = new URL(searchParams.get('redirect_uri') ?? '')
    answer.searchParams.set('code', 'code')
    answer.searchParams.set('state', searchParams.get('state') ?? '')
    answer.searchParams.set('iss', organization.url)
    return answer.href
  }
}

describe('a provider that requires a nonce', () => {
  /** Requires a nonce at each of its addresses, and changes it `times` times. */
  const startAsking = async ({ times }: { times: number }) => {
    const organization = await startScriptedOrganization()
    const requestCounts = new Map<string, number>()
    organization.script = {
      configuration: { dpop_signing_alg_values_supported: ['ES256'] },
      tokens: { token_type: 'DPoP', scope: 'openid patient/Patient.rs' },
      first: (request, response) => {
        const { pathname } = new URL(request.url ?? '/', organization.url)
        if (pathname !== '/oauth/token' && pathname !== '/fhir/Patient') return false
        const count = requestCounts.get(pathname) ?? 0
        const nonce = `${pathname} ${count}`
        const { nonce: proven } = decodeJwt(String(request.headers.dpop))
        if (count > 0 && proven === `${pathname} ${count - 1}` && count >= times) return false
        requestCounts.set(pathname, count + 1)
        const token = pathname === '/oauth/token'
        response.writeHead(token ? 400 : 401, {
          'dpop-nonce': nonce,
          'content-type': 'application/json',
          ...(!token && { 'www-authenticate': 'DPoP error="use_dpop_nonce", algs="ES256"' }),
        })
        response.end(JSON.stringify({ error: 'use_dpop_nonce' }))
        return true
      },
      fhir: (_request, response) => {
        response.setHeader('content-type', 'application/fhir+json')
        response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry: [] }))
      },
    }
    sitBeforeScripted(organization)
    return organization
  }

  it('gets it, once, in the token request and at the FHIR API', async () => {
    const organization = await startAsking({ times: 1 })
    const worker = createWorker()
    const provider = await configure(worker, organization.url)
    await worker.signIn({ providerId: provider.id, purpose: 'record' })
    const [connection] = (await worker.state()).connections
    const page = await worker.answers['search-patients']({ connectionId: connection?.id ?? '', query: {} })
    expect(page.patients).toEqual([])
    expect(organization.requestsTo('/oauth/token')).toBe(2)
    await organization.close()
  })

  it('is refused if it requires yet another nonce in the second request', async () => {
    const organization = await startAsking({ times: 5 })
    const worker = createWorker()
    const provider = await configure(worker, organization.url)
    const signingIn = worker.signIn({ providerId: provider.id, purpose: 'record' })
    await expect(signingIn).rejects.toMatchObject({ code: 'sign-in-failed' })
    expect(organization.requestsTo('/oauth/token')).toBe(2)
    await organization.close()
  })
})

describe('E26 a refused proof, as after a wrong clock,', () => {
  let ahead = 0
  let wrong: TestOrganization
  beforeAll(async () => {
    wrong = await startOrganization({ demo: 'riverside', clock: () => Date.now() + ahead })
  })
  afterAll(() => wrong.close())

  it('signs nobody out, and requests no other token', async () => {
    const worker = createWorker()
    const provider = await configure(worker, wrong.url)
    const { id } = await signInAs(worker, provider, { username: 'john', window: 'day' })
    ahead = 20 * 60_000
    const requests = watch()
    const read = () => worker.answers['search-patients']({ connectionId: id, query: {} })
    await expect(read()).rejects.toMatchObject({ code: 'proof-refused' })
    await expect(read()).rejects.toMatchObject({ code: 'proof-refused' })
    expect(requests.map(({ url }) => new URL(url).pathname)).toEqual(['/fhir/Patient', '/fhir/Patient'])
    expect((await worker.state()).connections).toMatchObject([{ id, signedIn: true }])
  })

  it('is reported for the token endpoint too', async () => {
    const organization = await startScriptedOrganization()
    organization.script = {
      configuration: { dpop_signing_alg_values_supported: ['ES256'] },
      first: (request, response) => {
        if (!request.url?.startsWith('/oauth/token')) return false
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ error: 'invalid_dpop_proof' }))
        return true
      },
    }
    sitBeforeScripted(organization)
    const worker = createWorker()
    const provider = await configure(worker, organization.url)
    const signingIn = worker.signIn({ providerId: provider.id, purpose: 'record' })
    await expect(signingIn).rejects.toMatchObject({ code: 'proof-refused' })
    expect(organization.requestsTo('/oauth/token')).toBe(1)
    await organization.close()
  })
})
