import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openRecord } from '../../../extension/access-log/own/open-record.ts'
import { findManagementPage } from '../../../extension/auth/grant/management-page.ts'
import type { AccessEntry } from '../../../extension/messages/log-entries.ts'
import type { Connection } from '../../../extension/messages/state.ts'
import { items } from '../../../extension/storage/items.ts'
import { readsAt } from '../../../extension/storage/stored-log.ts'
import { ignoredKeys } from '../../../extension/ui/state/use-watched.ts'
import { hastenHashes } from '../../fixtures/hastened-hashes.ts'
import { journalsIn, keepJournal } from '../../fixtures/journals.ts'
import { type LoggingOrganization, startLoggingOrganization } from '../../fixtures/logging-organization.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import type { Script } from '../../fixtures/scripted-organization.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  readLog,
  readOn,
  signInAs,
  type Worker,
  wereOnScreen,
} from '../../fixtures/worker.ts'
import { appendOne } from '../../integration/audit/logged.ts'

hastenHashes()

/** A real organization, whose access log is compared with what this browser sent. */
let organization: TestOrganization
let worker: Worker
let connection: Connection

beforeAll(async () => {
  organization = await startOrganization({ demo: 'riverside' })
})
afterAll(() => organization.close())
beforeEach(async () => {
  await clearBrowser()
  worker = createWorker()
  connection = await signInAs(worker, await configure(worker, organization.url), { username: 'john' })
  await readVitals()
})

const readVitals = () =>
  worker.answers.vitals({ connectionId: connection.id, patient: connection.patient?.id ?? '' })
const look = () => readLog(worker, { connectionId: connection.id })

const journals = () => journalsIn(worker.sessions.requests)
const readsHere = () => readsAt(`${organization.url}/fhir`)
const requestsKept = async () => (await journals())[readsHere()]?.requests ?? []

it('own reads and entries match if nobody else read', async () => {
  expect((await look()).own).toEqual({ foreign: [], missing: [] })
  await readVitals()
  expect((await look()).own).toEqual({ foreign: [], missing: [] })
})

it('a read by the same person through the same application in another browser is recognized', async () => {
  const { [readsHere()]: journal = { since: 0, requests: [] } } = await journals()
  await readVitals()
  // This browser knows nothing of another one's requests.
  await keepJournal(worker.sessions.requests, readsHere(), journal)
  const { own, entries } = await look()
  expect(own?.missing).toEqual([])
  expect(own?.foreign).toHaveLength(1)
  const foreign = entries.find(({ id }) => id === own?.foreign[0])
  expect(foreign).toMatchObject({ kind: 'search', who: 'John Doe', outcome: 'success', by: 'elsewhere' })
})

it('a second browser does not say “you” about reads of the first one, nor about the consent before them', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 11 * 60_000 })
  const apart = await startOrganization({ demo: 'riverside', clock: () => Date.now() })
  const beginThere = async () => {
    await clearBrowser()
    worker = createWorker()
    connection = await signInAs(worker, await configure(worker, apart.url), { username: 'john' })
    await readVitals()
  }
  await beginThere()
  const firstBrowser = (await look()).entries.map(({ id }) => id)
  vi.useRealTimers()
  await beginThere()
  // Proofs are requested only once something is signed.
  const entries = (await look()).entries.filter(({ kind }) => kind !== 'proof')
  const byFirst = entries.filter(({ id }) => firstBrowser.includes(id))
  const kindsOf = (by: AccessEntry['by'], of = entries) =>
    new Set(of.flatMap((entry) => (entry.by === by ? entry.kind : [])))
  expect(kindsOf('unsure', byFirst)).toEqual(new Set(['read', 'search', 'token', 'consent', 'sign-in']))
  expect(kindsOf('you', byFirst)).toEqual(new Set())
  expect(kindsOf('you')).toEqual(new Set(['read', 'search', 'token', 'consent', 'sign-in']))
  await apart.close()
})

it('F33 reads by somebody else with an id of this browser are recognized, on the page and in the list of new accesses', async () => {
  const [, request] = await requestsKept()
  const { access } = await openRecord(worker.sessions, connection.id, 'record')
  for (let time = 0; time < 2; time++)
    await access.fetch(new URL(`${organization.url}/fhir/Observation?patient=${connection.patient?.id}`), {
      headers: { 'x-request-id': request?.id ?? '' },
    })
  // Another person, through another application, with an id that they took from the log.
  await appendOne(organization.store, connection.patient?.id, { requestId: request?.id ?? '' })
  const { own, entries } = await look()
  expect(own?.foreign).toHaveLength(2)
  expect(own?.missing).toEqual([])
  // The consent pages of earlier sign-ins showed the person their own record.
  const by = (expected: AccessEntry['by']) =>
    entries.filter((entry) => entry.by === expected && !entry.onOwnPages).map(({ who }) => who)
  expect(by('others')).toEqual(['Lee “É” O’Neill'])
  expect(by('elsewhere')).toEqual(['John Doe', 'John Doe'])
})

describe('F33 another organization that itself names the requests that it answers', () => {
  let evil: LoggingOrganization
  beforeEach(async () => {
    evil = await startLoggingOrganization()
  })
  afterEach(() => evil.organization.close())

  /** It gives each read the same id. */
  const readThere = async (requestId: string) => {
    const answer = { 'content-type': 'application/fhir+json', 'x-request-id': requestId }
    const provider = await configure(worker, evil.organization.url)
    const script: Script = {
      tokens: {},
      fhir: (_request, response) =>
        void response.writeHead(200, answer).end(JSON.stringify({ resourceType: 'Bundle', entry: [] })),
    }
    const { connectionId } = await evil.signIn(script, worker, provider)
    await worker.answers.vitals({ connectionId, patient: 'p' })
    return connectionId
  }
  const readAsThief = async (requestId: string) => {
    const { access } = await openRecord(worker.sessions, connection.id, 'record')
    await access.fetch(new URL(`${organization.url}/fhir/Observation?patient=${connection.patient?.id}`), {
      headers: { 'x-request-id': requestId },
    })
  }

  it('hides no read by somebody else', async () => {
    await readAsThief('of-a-thief')
    expect((await look()).own?.foreign).toHaveLength(1)
    const other = await readThere('of-a-thief')
    const there = (await journals())[readsAt(`${evil.organization.url}/fhir`)]
    const readsThere = there?.requests.filter((request) => request.connection === other)
    expect(readsThere?.map(({ id }) => id)).toContain('of-a-thief')
    expect((await look()).own?.foreign).toHaveLength(1)
  })

  it('turns no read of ours into somebody else’s', async () => {
    const [, request] = await requestsKept()
    await readThere(request?.id ?? '')
    expect((await look()).own).toEqual({ foreign: [], missing: [] })
  })
})

it('a look requests the list once and its proof once, and records every request that it sent', async () => {
  const entriesAbout = () =>
    organization.store.db
      .selectFrom('audit_event')
      .select('subtype')
      .where('patient', '=', connection.patient?.id ?? '')
      .execute()
  const before = (await entriesAbout()).length
  await look()
  const subtypes = (await entriesAbout()).slice(before).map(({ subtype }) => subtype)
  expect(subtypes.filter((subtype) => subtype === 'search')).toHaveLength(1)
  expect(subtypes.filter((subtype) => subtype === 'proof').length).toBeLessThanOrEqual(1)
})

it('the list shows how far it was on screen before, and when', async () => {
  const pages = await readOn(worker, connection.id)
  expect(pages[0]).not.toHaveProperty('seen')
  const upTo = pages[0]?.entries[0]?.recorded ?? ''
  await wereOnScreen(worker, connection.id, pages)
  expect((await look()).seen).toEqual({ upTo, at: expect.any(Number) })
  await worker.answers['access-log-seen']({ connectionId: 'gone', ids: [], upTo })
  expect(Object.keys(await items.knownLogs.get())).toEqual([connection.id])
  await worker.removeConnection(connection.id)
  expect(await items.knownLogs.get()).toEqual({})
})

it('the list links to the organization’s own page for revoking, for this person', async () => {
  const page = new URL((await findManagementPage(worker.sessions, connection.id)) ?? '')
  expect(page.origin + page.pathname).toBe(`${organization.url}/account`)
  const hash = createHash('sha256').update('john').digest('base64')
  expect([...page.searchParams], 'whom it is for, without a name').toEqual([['for', hash]])
  await worker.signOut(connection.id)
  await expect(findManagementPage(worker.sessions, connection.id)).rejects.toMatchObject({
    code: 'signed-out',
  })
})

it('a search or a keystroke does not make pages ask for the state again', () => {
  const { place, lastSearches } = items
  expect(ignoredKeys).toEqual([...[place, lastSearches].map(({ key }) => key), 'snapshot'])
})

it('the journals of an organization are deleted with the last connection there', async () => {
  expect(Object.keys(await journals())).toHaveLength(2)
  await worker.removeConnection(connection.id)
  expect(await journals()).toEqual({})
})

it('the journal of an organization where nobody is connected is deleted when the worker starts', async () => {
  await keepJournal(worker.sessions.requests, readsAt('https://gone.example/fhir'), {
    since: 1,
    requests: [{ id: '1', at: 1, what: 'Patient' }],
  })
  await worker.settle()
  expect(Object.keys(await journals())).toHaveLength(2)
})

it('the journal keeps 2,000 requests, and says nothing about earlier ones', async () => {
  const requests = Array.from({ length: 2000 }, (_, at) => ({
    id: `old-${at}`,
    at: Date.now() - 3_600_000 + at,
    what: 'Observation',
  }))
  await keepJournal(worker.sessions.requests, readsHere(), { since: 0, requests })
  await readVitals()
  const { [readsHere()]: own } = await journals()
  expect(own?.requests).toHaveLength(2000)
  expect(own?.requests[0]?.id).toBe('old-1')
  expect(own?.since).toBe((own?.requests[0]?.at ?? 0) + 60_000)
})

it('the journal keeps no request longer than 30 days', async () => {
  await keepJournal(worker.sessions.requests, readsHere(), {
    since: 1,
    requests: [
      { id: 'old', at: Date.now() - 31 * 86_400_000, what: 'Observation' },
      ...(await requestsKept()),
    ],
  })
  await readVitals()
  expect((await requestsKept()).map(({ id }) => id)).not.toContain('old')
})
