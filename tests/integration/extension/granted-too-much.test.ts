import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { ADDRESSES, type MockProvider, startMockProvider } from '../../fakes/mock-provider.ts'
import type { Recorded } from '../../fakes/recording-server.ts'
import { signInAtMock } from '../../fixtures/mock-sign-in.ts'
import { clearBrowser, createWorker, restartBrowser, type Worker } from '../../fixtures/worker.ts'

let mock: MockProvider
let worker: Worker

beforeEach(async () => {
  await clearBrowser()
  mock = await startMockProvider()
  worker = createWorker()
})
afterEach(async () => {
  await fakeBrowser.storage.managed.clear()
  await mock.close()
})

/** The scopes that it grants whatever is requested; by a refresh, only those of `scope` if it `narrows`. */
const grant = (granted: string, { narrows = true }: { narrows?: boolean } = {}) =>
  mock.script(ADDRESSES.token, async ({ form }, usual) => {
    const reply = Object(await usual())
    const scope = (narrows && form.get('scope')) || granted
    return { ...reply, body: { ...reply.body, scope } }
  })

const setPolicy = (policy: object) => fakeBrowser.storage.managed.set({ ...policy })

const signIn = () => signInAtMock(worker, mock)

const scopeOf = async (id: string) => (await worker.sessions.find(id))?.scope
const requestedScope = () => mock.requestsTo(ADDRESSES.authorize).map(({ query }) => query.get('scope'))
const sent = (path: string, name: string) =>
  mock.requestsTo(path).flatMap(({ form }: Recorded) => form.get(name) ?? [])

const WIDE =
  'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs client.register system/*.cruds'

describe('J58 what an organization grants beyond the request', () => {
  it('is not used, and its tokens are exchanged for narrower ones and revoked', async () => {
    grant(WIDE)
    const id = await signIn()
    expect(await scopeOf(id)).toBe('patient/*.rs user/*.rs')
    const asked = 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs'
    expect(sent(ADDRESSES.token, 'scope')).toEqual([asked])
    const [wide, narrow] = mock.given.access
    expect(sent(ADDRESSES.revoke, 'token')).toEqual([wide])
    expect(await worker.sessions.tokens(id)).toEqual([mock.given.refresh.at(-1), narrow])
  })

  it('is within reach of no page while the narrower tokens are asked for', async () => {
    const seen: unknown[] = []
    mock.script(ADDRESSES.token, async ({ form }, usual) => {
      const reply = Object(await usual())
      if (form.has('scope')) seen.push(...Object.values((await items.sessions.get()) ?? {}))
      return { ...reply, body: { ...reply.body, scope: form.get('scope') || WIDE } }
    })
    await signIn()
    expect(seen).toHaveLength(1)
    expect(seen[0]).not.toHaveProperty('access')
  })

  it('is asked for no more at each refresh, and is not exchanged again', async () => {
    grant(WIDE)
    const id = await signIn()
    await restartBrowser()
    await worker.sessions.renew(id)
    // At the sign-in, and at both refreshes of a renewal.
    expect(sent(ADDRESSES.token, 'scope')).toHaveLength(3)
    expect(sent(ADDRESSES.revoke, 'token')).toHaveLength(1)
    expect(await scopeOf(id)).toBe('patient/*.rs user/*.rs')
  })

  it.each([
    ['ignores a narrower scope', () => grant(WIDE, { narrows: false })],
    [
      'refuses a narrower scope',
      () => {
        mock.script(ADDRESSES.token, async ({ form }, usual) => {
          const reply = Object(await usual())
          if (form.has('scope'))
            return {
              status: 400,
              body: { error: 'invalid_scope' },
              headers: { 'content-type': 'application/json' },
            }
          return { ...reply, body: { ...reply.body, scope: WIDE } }
        })
      },
    ],
  ])('is not used where an organization %s, which is asked once a refresh', async (_what, script) => {
    script()
    const id = await signIn()
    expect(await scopeOf(id)).toBe('patient/*.rs user/*.rs')
    await restartBrowser()
    await worker.sessions.renew(id)
    expect(await scopeOf(id)).toBe('patient/*.rs user/*.rs')
    expect(sent(ADDRESSES.token, 'scope')).toHaveLength(3)
    expect((await worker.answers.vitals({ connectionId: id, patient: 'mara' })).weight).toHaveLength(1)
  })

  it('at a refresh is not used either, and is given back', async () => {
    const id = await signIn()
    expect(sent(ADDRESSES.token, 'scope')).toEqual([])
    grant(WIDE)
    await restartBrowser()
    await worker.sessions.renew(id)
    expect(await scopeOf(id)).toBe('patient/*.rs user/*.rs')
    expect(sent(ADDRESSES.revoke, 'token')).toEqual([mock.given.access[1]])
  })
})

describe('J58 what a policy forbids', () => {
  const forbidden = ['user/*.rs', 'client.register', 'patient/Condition.rs']
  const read = (id: string, type: 'Condition' | 'Immunization') =>
    worker.answers['record-list']({ connectionId: id, patient: 'mara', type })

  it('is not used although it was granted', async () => {
    await setPolicy({ forbiddenScopes: ['patient/Condition.rs', 'client.register'] })
    grant(WIDE)
    for (const path of ['/fhir/.well-known/smart-configuration', '/.well-known/openid-configuration'])
      mock.script(path, async (_request, usual) => {
        const reply = Object(await usual())
        return { ...reply, body: { ...reply.body, registration_endpoint: `${mock.origin}/register` } }
      })
    const id = await signIn()
    expect(requestedScope()).toEqual(['openid fhirUser offline_access launch/patient user/*.rs'])
    expect(await scopeOf(id)).toBe('user/*.rs')
    await expect(
      worker.answers['register-application']({
        connectionId: id,
        clientName: 'A',
        redirectUri: 'https://a.test/',
      }),
    ).rejects.toMatchObject({ code: 'policy-forbids' })
    expect(mock.requestsTo('/register')).toEqual([])
    expect(sent(ADDRESSES.revoke, 'token')).toEqual([mock.given.access[0]])
  })

  it('is not read from the moment on in which the policy is set, by any request', async () => {
    grant('openid offline_access patient/*.rs patient/Condition.rs user/Condition.rs')
    const id = await signIn()
    await read(id, 'Condition')
    await setPolicy({ forbiddenScopes: forbidden })
    const before = mock.requests().length
    await expect(read(id, 'Condition')).rejects.toMatchObject({ code: 'policy-forbids' })
    const leftOut: string[] = []
    for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
      const page = await worker.answers['export-record']({ connectionId: id, ...(next && { next }) })
      if (page.leftOut?.problem.code === 'policy-forbids') leftOut.push(page.leftOut.type)
      next = page.next
    }
    expect(leftOut).toContain('Condition')
    const paths = mock
      .requests()
      .slice(before)
      .map(({ path }) => path)
    expect(
      paths.filter((path) => path.startsWith('/fhir/Condition') || path.includes('$everything')),
    ).toEqual([])
    expect((await worker.state()).connections[0]?.can.readLists).toEqual([])
  })

  it.each([{ longestWindow: 'visit' }, { forbiddenScopes: ['offline_access'] }])(
    'a refresh token that is granted all the same is revoked and kept nowhere: %j',
    async (policy) => {
      await setPolicy(policy)
      const id = await signIn()
      expect(requestedScope()[0]).not.toContain('offline_access')
      expect(sent(ADDRESSES.revoke, 'token')).toEqual(mock.given.refresh)
      expect(await worker.sessions.tokens(id)).toEqual(mock.given.access)
      expect(await items.grants.get()).toEqual({})
      expect((await worker.state()).connections).toMatchObject([{ staysConnected: false }])
    },
  )

  it('a refresh token that was stored before the policy was set is revoked', async () => {
    const id = await signIn()
    await worker.answers.vitals({ connectionId: id, patient: 'mara' })
    await setPolicy({ longestWindow: 'visit' })
    expect((await worker.state()).connections).toMatchObject([{ staysConnected: false }])
    expect(await items.grants.get()).toEqual({})
    await worker.revocations.retry('all')
    expect(sent(ADDRESSES.revoke, 'token')).toEqual(mock.given.refresh)
    await restartBrowser()
    expect(await worker.sessions.find(id)).toBeUndefined()
  })
})

it('J58 a refresh token of a launch, which requests none, is never used, and revoked with the visit', async () => {
  const id = await signInAtMock(worker, mock, { launch: 'launch' })
  expect(await items.grants.get()).toEqual({})
  expect(JSON.stringify(await fakeBrowser.storage.session.get())).not.toContain(mock.given.refresh[0])
  await worker.answers['sign-out']({ connectionId: id })
  expect(sent(ADDRESSES.revoke, 'token')).toEqual([mock.given.refresh[0], mock.given.access[0]])
})
