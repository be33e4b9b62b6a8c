import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs, storedText } from '../../fixtures/worker.ts'

let riverside: TestOrganization
let pulse: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
  pulse = await startOrganization({ demo: 'pulse' })
})
afterAll(() => Promise.all([riverside.close(), pulse.close()]))
beforeEach(clearBrowser)
afterEach(() => vi.restoreAllMocks())

const signedInAtBoth = async () => {
  const worker = createWorker()
  const clinic = await configure(worker, riverside.url)
  const maker = await configure(worker, pulse.url)
  const john = await signInAs(worker, clinic, { username: 'john', window: 'day' })
  const jane = await signInAs(worker, clinic, { username: 'jane', window: 'visit' })
  const device = await signInAs(worker, maker, { username: 'john', window: 'month' })
  const tokens = await Promise.all([john, jane, device].map(({ id }) => worker.sessions.tokens(id)))
  return { worker, ids: [john.id, jane.id, device.id], tokens: tokens.flat() }
}

/** One organization does not answer; the others do. */
const disconnect = (base: string) => {
  const send = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    if (String(url).startsWith(base)) throw new TypeError('fetch failed')
    return send(url, init)
  })
}

// E17
it('revokes every token at every organization, and keeps only names', async () => {
  const { worker, ids, tokens } = await signedInAtBoth()
  expect(tokens).toHaveLength(5)
  expect(await worker.disconnectEverywhere()).toMatchObject(
    ids.map((connectionId) => ({ connectionId, outcome: 'revoked' })),
  )
  for (const token of tokens) {
    expect(await isGood(riverside.url, token)).toBe(false)
    expect(await isGood(pulse.url, token)).toBe(false)
  }
  expect(await items.grants.get()).toEqual({})
  expect(await items.sessions.get()).toEqual({})
  expect((await worker.state()).connections.map(({ signedIn }) => signedIn)).toEqual([false, false, false])
})

it('deletes here the tokens of an unreachable organization, says so, and revokes them later', async () => {
  const { worker, ids, tokens } = await signedInAtBoth()
  disconnect(riverside.url)
  const [john, jane, device] = ids
  expect(await worker.disconnectEverywhere()).toMatchObject([
    { connectionId: john, outcome: 'unreachable' },
    { connectionId: jane, outcome: 'unreachable' },
    { connectionId: device, outcome: 'revoked' },
  ])
  const storage = (await storedText('local')) + (await storedText('session'))
  expect(tokens.filter((token) => storage.includes(token))).toEqual([])
  vi.restoreAllMocks()
  const [, johns, janes] = tokens
  expect(await isGood(riverside.url, johns ?? '')).toBe(true)
  await worker.revocations.retry('all')
  expect(await worker.revocations.nextTry()).toBeUndefined()
  expect(await isGood(riverside.url, johns ?? '')).toBe(false)
  expect(await isGood(riverside.url, janes ?? '')).toBe(false)
})

it('says which organization refused, and does not ask it again', async () => {
  const { worker, ids } = await signedInAtBoth()
  const send = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    if (!String(url).startsWith(`${pulse.url}/oauth/revoke`)) return send(url, init)
    const body = new URLSearchParams(String(init?.body))
    body.set('client_id', 'nobody')
    return send(url, { ...init, body })
  })
  const answers = await worker.disconnectEverywhere()
  expect(answers.map(({ outcome }) => outcome)).toEqual(['revoked', 'revoked', 'refused'])
  expect(answers.map(({ connectionId }) => connectionId)).toEqual(ids)
  expect(await worker.revocations.nextTry()).toBeUndefined()
})

it('reports nothing when nobody is signed in', async () => {
  const { worker } = await signedInAtBoth()
  await worker.disconnectEverywhere()
  expect(await worker.disconnectEverywhere()).toEqual([])
})
