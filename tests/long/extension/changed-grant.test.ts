import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Code } from '../../../extension/messages/errors.ts'
import type { RecordType } from '../../../extension/messages/record-lists.ts'
import { items } from '../../../extension/storage/items.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { type ScriptedOrganization, startScriptedOrganization } from '../../fixtures/scripted-organization.ts'
import { answerAtOnce } from '../../fixtures/scripted-sign-in.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { clearBrowser, configure, createWorker, signInAs, storedText } from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)
// Riverside remembers what John left unticked the last time.
beforeEach(() =>
  riverside.store.write((trx) => trx.deleteFrom('oauth_record').where('model', '=', 'Unticked').execute()),
)
afterEach(() => vi.restoreAllMocks())

const signedIn = async (window: 'visit' | 'day' | 'month' = 'day') => {
  const worker = createWorker()
  const provider = await configure(worker, riverside.url)
  const { id } = await signInAs(worker, provider, { username: 'john', window })
  const connection = async () => (await worker.state()).connections.find((each) => each.id === id)
  const read = (type: RecordType): Promise<Code | undefined> =>
    worker.answers['record-list']({ connectionId: id, patient: 'john-doe', type }).then(
      () => undefined,
      (error) => error.code,
    )
  return { worker, provider, id, connection, read }
}

/** What John does with his newest connection on the organization's account page. */
const atAccountPage = async (form: Record<string, string>, page = '') => {
  const agent = createUserAgent(riverside.url)
  const account = await agent.submit(await agent.open('/login'), {
    username: 'john',
    password: 'john-demo',
  })
  const link = /href="(\/account\/connections\/[^"]+)"/.exec(account.html)?.[1] ?? ''
  return agent.submit(await agent.open(`${link}${page}`), form)
}
const keepOnlyIdentity = () => atAccountPage({ allow: 'identity' })

/** Counts refreshes; with a challenge, conditions are refused. */
const countRefreshes = (challenge?: string) => {
  const send = globalThis.fetch
  let count = 0
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const { pathname } = new URL(String(url))
    if (pathname === '/oauth/token') count++
    return challenge !== undefined && pathname === '/fhir/Condition'
      ? new Response('{}', { status: 403, headers: { 'www-authenticate': challenge } })
      : send(url, init)
  })
  return () => count
}

const setReceived = (id: string, receivedAt: number) =>
  items.sessions.change(id, (now) => now?.access && { ...now, access: { ...now.access, receivedAt } })

describe.each(['day', 'visit'] as const)('a kind of data unticked at the account page, with %s', (window) => {
  it('counts as stopped by the person after the first refusal, and is not requested again', async () => {
    const { connection, read } = await signedIn(window)
    expect(await read('MedicationRequest')).toBeUndefined()
    expect((await connection())?.stopped).toBeUndefined()
    await keepOnlyIdentity()
    expect(await read('MedicationRequest')).toBe('refused')
    const now = await connection()
    expect(now?.signedIn).toBe(true)
    expect(now?.stopped?.readLists).toContain('MedicationRequest')
    expect(now?.can.readLists).not.toContain('MedicationRequest')
  })

  it('is shared again after signing in', async () => {
    const { worker, provider, connection, read } = await signedIn(window)
    await keepOnlyIdentity()
    await read('MedicationRequest')
    await signInAs(worker, provider, { username: 'john', window })
    expect((await connection())?.stopped).toBeUndefined()
    expect(await read('MedicationRequest')).toBeUndefined()
  })
})

it('if a kind of data is no longer shared, its copy is deleted', async () => {
  const { worker, id, read } = await signedIn()
  const types = ['MedicationRequest', 'Condition'] as const
  for (const type of types) await read(type)
  for (const type of types) expect(await worker.copies.find(id, type)).toBeDefined()
  await keepOnlyIdentity()
  // The refusal shows that conditions are not shared any more.
  await read('MedicationRequest')
  for (const type of types) expect(await worker.copies.find(id, type)).toBeUndefined()
})

it("if a patient's details are no longer shared, only the name stays", async () => {
  const { connection, read } = await signedIn()
  expect((await connection())?.patient?.birthDate).toBeDefined()
  await atAccountPage({ allow: 'conditions' })
  await read('MedicationRequest')
  expect((await connection())?.patient).toEqual({ id: 'john-doe', name: 'John Doe', identifiers: [] })
})

describe('patients that an open popup still shows when they are no longer shared', () => {
  const openList = async () => {
    const { id: connectionId, worker, read } = await signedIn()
    const query = { family: 'Doe' }
    const { patients } = await worker.answers['search-patients']({ connectionId, query })
    const place = { connectionId, asked: query, ...(patients[0] && { patient: patients[0] }) }
    const report = () => worker.answers['remember-place']({ place })
    await report()
    expect((await items.place.get()).patient).toEqual(patients[0])
    await atAccountPage({ allow: 'conditions' })
    return { connectionId, read, report }
  }

  it('are not stored again when it reports its place', async () => {
    const { connectionId, read, report } = await openList()
    await read('MedicationRequest')
    await report()
    expect(await items.place.get()).toEqual({ connectionId })
    expect(await items.recentPatients.find(connectionId)).toBeUndefined()
  })

  it('are not kept when it reports its place while the session is written', async () => {
    const { connectionId, read, report } = await openList()
    const put = items.sessions.put
    vi.spyOn(items.sessions, 'put').mockImplementationOnce(async (...args) => {
      await report()
      return put(...args)
    })
    await read('MedicationRequest')
    expect(await items.place.get()).toEqual({ connectionId })
    expect(await items.recentPatients.find(connectionId)).toBeUndefined()
  })
})

it('what was found during a visit leaves nothing when patients are no longer shared', async () => {
  const { connection, id: connectionId, worker } = await signedIn('visit')
  const query = { family: 'Doe' }
  const { patients } = await worker.answers['search-patients']({ connectionId, query })
  const place = { connectionId, asked: query, ...(patients[0] && { patient: patients[0] }) }
  await worker.answers['remember-place']({ place })
  expect(await storedText('session')).toContain(patients[0]?.birthDate)
  await atAccountPage({ allow: 'conditions' })
  // Refused, which is how it is learned.
  const again = worker.answers['search-patients']({ connectionId, query: { family: 'Roe' } })
  await expect(again).rejects.toMatchObject({ code: 'refused' })
  expect((await connection())?.can.searchPatients).toBe(false)
  expect(await storedText('session')).not.toContain(patients[0]?.birthDate)
})

describe('a new sign-in in the place of an earlier one', () => {
  it.each([{ window: 'day', allow: 'conditions' }, { window: 'visit' }] as const)(
    'leaves no copy of what the earlier one allowed (%j)',
    async (choice) => {
      const { worker, provider, id, read } = await signedIn()
      await read('MedicationRequest')
      await signInAs(worker, provider, { username: 'john', ...choice })
      expect(Object.keys(await items.connections.get())).toEqual([id])
      expect(await worker.copies.find(id, 'MedicationRequest')).toBeUndefined()
    },
  )

  it('leaves none of the patients that the earlier one found', async () => {
    const { worker, provider, id: connectionId } = await signedIn()
    const query = { family: 'Doe' }
    const { patients } = await worker.answers['search-patients']({ connectionId, query })
    const place = { connectionId, asked: query, ...(patients[0] && { patient: patients[0] }) }
    await worker.answers['remember-place']({ place })
    await signInAs(worker, provider, { username: 'john', allow: 'conditions' })
    expect(await storedText('session')).not.toContain(patients[0]?.birthDate)
    const again = worker.answers['search-patients']({ connectionId, query, reopened: true })
    await expect(again).rejects.toMatchObject({ code: 'refused' })
  })
})

describe('a kind of data that a query narrows', () => {
  let scripted: ScriptedOrganization
  beforeAll(async () => {
    scripted = await startScriptedOrganization()
  })
  afterAll(() => scripted.close())
  beforeEach(() => {
    scripted.script = { tokens: { refresh_token: 'refresh', scope: 'openid patient/Condition.rs' } }
    scripted.script.fhir = (_, response) => sendNothing(response)
  })
  const sendNothing = (response: ServerResponse) => {
    response.setHeader('content-type', 'application/fhir+json')
    response.end('{"resourceType":"Bundle","type":"searchset"}')
  }
  const narrow = () => {
    const scope = 'openid patient/Condition.rs?category=problem-list-item'
    scripted.script.tokens = { refresh_token: 'refresh', scope }
  }
  const readWithCopy = async () => {
    answerAtOnce(scripted)
    const worker = createWorker()
    await worker.signIn({ providerId: (await configure(worker, scripted.url)).id, purpose: 'record' })
    const [id = ''] = Object.keys(await items.connections.get())
    const read = () => worker.answers['record-list']({ connectionId: id, patient: 'p', type: 'Condition' })
    const copy = () => worker.copies.find(id, 'Condition')
    await read()
    expect(await copy()).toBeDefined()
    return { worker, id, read, copy }
  }

  it('leaves no full copy, and is read in part, no longer wholly', async () => {
    const { worker, id, copy } = await readWithCopy()
    narrow()
    await setReceived(id, 0)
    await worker.sessions.checkTerms(id)
    expect(await copy()).toBeUndefined()
    const parts = { readVitals: false, readLists: [], readAccessLog: false, limited: ['Condition'] }
    expect((await worker.state()).connections).toMatchObject([
      { can: { readLists: ['Condition'], limited: ['Condition'] }, stopped: parts },
    ])
  })

  it('is not kept as it was before it was narrowed', async () => {
    const { worker, id, read, copy } = await readWithCopy()
    expect(await copy()).not.toHaveProperty('limited')
    await setReceived(id, 0)
    const answer = Promise.withResolvers<void>()
    const arrival = Promise.withResolvers<void>()
    scripted.script.fhir = async (_, response) => {
      arrival.resolve()
      await answer.promise
      sendNothing(response)
    }
    const reading = read()
    await arrival.promise
    narrow()
    await worker.sessions.checkTerms(id)
    answer.resolve()
    expect(await reading).toMatchObject({ limited: true })
    expect(await copy()).toBeUndefined()
    expect(await read()).toMatchObject({ limited: true })
    expect(await copy()).toMatchObject({ limited: true })
  })
})

describe('a kind of data that the organization refuses', () => {
  it('does not count as stopped if its own token covers it, and costs one refresh at most', async () => {
    const { connection, read } = await signedIn()
    const count = countRefreshes('Bearer error="insufficient_scope"')
    for (let turn = 0; turn < 3; turn++) expect(await read('Condition')).toBe('refused')
    expect(count()).toBe(1)
    expect((await connection())?.stopped).toBeUndefined()
    expect((await connection())?.can.readLists).toContain('Condition')
  })

  it('does not count as stopped during a visit if the reason is not the scope', async () => {
    const { connection, read } = await signedIn('visit')
    countRefreshes('Bearer realm="fhir"')
    expect(await read('Condition')).toBe('refused')
    expect((await connection())?.stopped).toBeUndefined()
  })
})

describe('a window that was shortened at the account page', () => {
  it('is shown shortened when the popup opens again', async () => {
    const { worker, id, connection } = await signedIn('month')
    await atAccountPage({ window: 'hour' })
    const count = countRefreshes()
    await worker.answers['check-terms']({ connectionIds: [id] })
    expect(count()).toBe(0)
    await setReceived(id, Date.now() - 10_000)
    await worker.answers['check-terms']({ connectionIds: [id] })
    expect(count()).toBe(1)
    expect((await connection())?.endsAt).toBeLessThanOrEqual(Date.now() + 3_600_000)
  })

  it('is not looked up while only another person is on screen', async () => {
    const { worker, provider, id } = await signedIn('month')
    const { id: janes } = await signInAs(worker, provider, { username: 'jane', window: 'day' })
    for (const each of [id, janes]) await setReceived(each, 0)
    const count = countRefreshes()
    await worker.answers['check-terms']({ connectionIds: [janes] })
    expect(count()).toBe(1)
    expect((await items.sessions.find(id))?.access?.receivedAt).toBe(0)
  })

  it('is looked up at once if the person went to that page from here', async () => {
    const { worker, id, connection } = await signedIn('month')
    await worker.answers['management-page']({ connectionId: id })
    await atAccountPage({ window: 'hour' })
    await worker.answers['check-terms']({ connectionIds: [id] })
    expect((await connection())?.endsAt).toBeLessThanOrEqual(Date.now() + 3_600_000)
  })

  it('changes nothing while the organization cannot be reached', async () => {
    const { worker, id, connection } = await signedIn('month')
    await setReceived(id, 0)
    const before = await connection()
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
    await worker.answers['check-terms']({ connectionIds: [id] })
    expect(await connection()).toEqual(before)
  })
})

describe('a connection that ended', () => {
  it.each(['day', 'visit'] as const)(
    'at the account page stays, and the popup says that it ended there (%s)',
    async (window) => {
      const { connection, read } = await signedIn(window)
      await atAccountPage({ do: 'disconnect' }, '/disconnect')
      expect(await read('Condition')).toBe('session-ended')
      expect(await connection()).toMatchObject({ signedIn: false, endedBy: 'organization' })
      expect((await connection())?.endedAt).toBeGreaterThan(Date.now() - 10_000)
    },
  )

  it('because its time is over says so, and when', async () => {
    const { worker, id, connection } = await signedIn()
    const endsAt = Date.now() - 1000
    await items.sessions.change(id, (now) => now && { ...now, endsAt })
    await worker.sessions.find(id)
    expect(await connection()).toMatchObject({ signedIn: false, endedBy: 'time', endedAt: endsAt })
  })

  it('because the person signed out says nothing; a new sign-in forgets an earlier end', async () => {
    const { worker, provider, id, connection, read } = await signedIn()
    await worker.signOut(id)
    expect((await connection())?.endedBy).toBeUndefined()
    await signInAs(worker, provider, { username: 'john', window: 'day' })
    await atAccountPage({ do: 'disconnect' }, '/disconnect')
    await read('Condition')
    await signInAs(worker, provider, { username: 'john', window: 'day' })
    expect(await items.connections.find(id)).not.toHaveProperty('endedBy')
    expect(await items.connections.find(id)).not.toHaveProperty('endedAt')
  })
})

it('a dismissed notice stays dismissed, and an earlier dismissal that arrives late changes nothing', async () => {
  const { worker, id, connection } = await signedIn()
  for (const at of [200, 100]) await worker.answers['dismiss-notice']({ connectionId: id, at })
  expect((await connection())?.noticedAt).toBe(200)
  await worker.answers['dismiss-notice']({ connectionId: 'gone', at: 1 })
  expect(Object.keys(await items.connections.get())).toEqual([id])
})
