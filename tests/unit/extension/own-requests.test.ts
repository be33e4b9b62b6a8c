import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  findLastRead,
  isAboutPatient,
  journalOf,
  requestsFor,
  watchConnections,
} from '../../../extension/access-log/own/own-requests.ts'
import { createClient } from '../../../extension/fhir/client.ts'
import type { Resource } from '../../../extension/fhir/resource.ts'
import { forgetUnconnected } from '../../../extension/storage/forget.ts'
import { items, type StoredConnection } from '../../../extension/storage/items.ts'
import { type RequestStore, readsAt } from '../../../extension/storage/stored-log.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { createRequestStore } from '../../fakes/key-store.ts'
import { journalsIn } from '../../fixtures/journals.ts'

const connectionTo = (id: string, fhirBase: string): StoredConnection => ({
  id,
  providerId: `of-${id}`,
  issuer: fhirBase,
  fhirBase,
  subject: 's',
  person: { name: 'John Doe', role: 'patient' },
})
const honest = connectionTo('honest', 'https://honest.example/fhir')
const beside = connectionTo('beside', honest.fhirBase)
const evil = connectionTo('evil', `${honest.fhirBase}/evil`)

let store: RequestStore

beforeEach(async () => {
  store = createRequestStore()
  await fakeBrowser.storage.local.clear()
  await fakeBrowser.storage.session.clear()
  await items.connections.set({ honest, beside, evil })
})

afterEach(() => vi.restoreAllMocks())

/** A read with an answer, over a connection or while signing in. */
const read = async (by: StoredConnection | string, id: string, named: string | null = null) => {
  const journal =
    typeof by === 'string'
      ? journalOf(store, by)
      : journalOf(store, by.fhirBase, { connection: by.id, patient: undefined })
  await journal.recordSent({ id, what: 'Observation' })
  await journal.recordAnswer({ id, responseId: named, date: null, resource: { resourceType: 'Bundle' } })
}
const keptOf = async (by: StoredConnection | string) =>
  (await journalsIn(store))[typeof by === 'string' ? by : readsAt(by.fhirBase)]?.requests
    .filter(({ connection }) => typeof by === 'string' || connection === by.id)
    .map(({ id }) => id) ?? []

it('F33 a log is compared with the requests that were sent to its own organization, and with no others', async () => {
  for (const by of [honest, beside, evil]) await read(by, `by ${by.id}`)
  for (const { fhirBase } of [honest, evil]) await read(fhirBase, `by ${fhirBase}`)
  const { own, others } = await requestsFor(store, honest)
  expect(own?.requests.map(({ id }) => id)).toEqual(['by honest'])
  expect(others.map(({ id }) => id)).toEqual(['by beside', `by ${honest.fhirBase}`])
})

it('the last read of a record is the last answer with something of it, which neither its log nor a failure is', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1000 })
  const journal = journalOf(store, honest.fhirBase, { connection: honest.id, patient: 'john' })
  const readAt = async (at: number, what: string, resource?: { resourceType: string }) => {
    vi.setSystemTime(at)
    await journal.recordSent({ id: String(at), what })
    if (resource) await journal.recordAnswer({ id: String(at), responseId: null, date: null, resource })
  }
  const ofJohn = (resourceType: string) => ({ resourceType, subject: { reference: 'Patient/john' } })
  expect(await findLastRead(store, honest.id)).toBeUndefined()
  await readAt(2000, 'Observation', ofJohn('Observation'))
  await readAt(3000, 'AuditEvent', ofJohn('AuditEvent'))
  await readAt(4000, 'Condition', { resourceType: 'Bundle' })
  await readAt(5000, 'Condition')
  expect(await findLastRead(store, honest.id)).toBe(2000)
  expect(await findLastRead(store, beside.id)).toBeUndefined()
  vi.useRealTimers()
})

it('F33 an id that an organization gives to two requests belongs to the first', async () => {
  await read(honest, '1', 'again')
  await read(honest, '2', 'again')
  await read(beside, '3', 'again')
  await read(honest.fhirBase, '4', '2')
  expect(await keptOf(honest)).toEqual(['again', '2'])
  expect([...(await keptOf(beside)), ...(await keptOf(honest.fhirBase))]).toEqual(['3', '4'])
  // Another organization cannot claim an id of this one.
  await read(evil, '5', 'again')
  expect(await keptOf(evil)).toEqual(['again'])
})

it('a log is compared from the first read of its own connection on', async () => {
  const later = Date.now() + 60_000
  await read(beside, '1')
  vi.spyOn(Date, 'now').mockReturnValue(later)
  await read(honest, '2')
  expect((await requestsFor(store, honest)).own?.since).toBe(later)
})

it('an id that is returned as it was sent is kept', async () => {
  await read(honest, '1', '1')
  expect(await keptOf(honest)).toEqual(['1'])
})

it('F57 only the type of an address that an organization names is kept', async () => {
  const client = createClient({
    fhirBase: evil.fhirBase,
    journal: journalOf(store, evil.fhirBase, { connection: 'evil', patient: undefined }),
    fetch: async () =>
      new Response('{"resourceType":"Bundle"}', { headers: { 'content-type': 'application/fhir+json' } }),
  })
  for (const path of [
    '/Observation/1',
    `/${'A'.repeat(100_000)}`,
    '/_page/1',
    '?page=2',
    '/Observation\u202e/1',
  ])
    await client.follow(`${evil.fhirBase}${path}`)
  const { [readsAt(evil.fhirBase)]: journal } = await journalsIn(store)
  expect(journal?.requests.map(({ what }) => what)).toEqual(['Observation', '', '', '', ''])
})

it('E19 a read is sent only once it is in the journal', async () => {
  const found: unknown[] = []
  const client = createClient({
    fhirBase: honest.fhirBase,
    journal: journalOf(store, honest.fhirBase, { connection: 'honest', patient: undefined }),
    fetch: async (_url, init) => {
      const sent = new Headers(init?.headers).get('x-request-id')
      found.push((await keptOf(honest)).filter((id) => id === sent))
      return new Response('{"resourceType":"Bundle"}', {
        headers: { 'content-type': 'application/fhir+json' },
      })
    },
  })
  await client.search('Observation', {})
  await client.search('Condition', {})
  expect(found).toEqual([[expect.any(String)], [expect.any(String)]])
})

const full = () => new DOMException('The quota has been exceeded.', 'QuotaExceededError')

it.each(['put', 'change'] as const)(
  'F57 when the journal does not fit (%s), a read is still answered, and the journal starts again',
  async (method) => {
    await read(honest, '1')
    vi.spyOn(store, method).mockRejectedValue(full())
    await read(honest, '2')
    expect(await keptOf(honest)).toEqual([])
    vi.restoreAllMocks()
    await read(honest, '3')
    const { own } = await requestsFor(store, honest)
    expect(own?.requests.map(({ id }) => id)).toEqual(['3'])
    expect(own?.lost).toBeGreaterThan(0)
    // A request that was running when the journal was lost may be in the log, and must not count as somebody else's.
    expect(own?.since).toBeGreaterThan(own?.requests[0]?.at ?? Number.POSITIVE_INFINITY)
  },
)

it('F57 the read for which storage was full stands in the journal that starts again', async () => {
  await read(honest, '1')
  vi.spyOn(store, 'put').mockRejectedValueOnce(full())
  await read(honest, '2')
  expect(await keptOf(honest)).toEqual(['2'])
})

it('F57 if the journal cannot even be cleared, it says nothing about the lost reads', async () => {
  await read(honest, '1')
  vi.spyOn(store, 'put').mockRejectedValue(full())
  vi.spyOn(store, 'makeRoom').mockRejectedValue(full())
  await read(honest, '2')
  expect((await requestsFor(store, honest)).own?.since).toBeGreaterThan(Date.now())
})

it('F57 an error other than full storage is reported', async () => {
  vi.spyOn(store, 'put').mockRejectedValue(new Error('An unexpected error occurred'))
  await expect(read(honest, '1')).rejects.toThrow('unexpected')
})

it('F46 a read whose organization no longer has a connection is not kept, before and while it is written', async () => {
  await items.connections.set({ evil })
  const { put, change } = store
  const writes = [vi.spyOn(store, 'put')]
  await read(honest, '1')
  // After everything was forgotten, nothing may be written again, not even for a moment.
  for (const each of writes) expect(each).not.toHaveBeenCalled()
  await items.connections.set({ evil, beside })
  vi.spyOn(store, 'put').mockImplementationOnce(async (...given) => {
    await items.connections.set({})
    return put(...given)
  })
  await read(beside, '2')
  expect(await journalsIn(store)).toEqual({})
  await items.connections.set({ beside })
  vi.spyOn(store, 'change').mockImplementationOnce(async (...given) => {
    await store.drop(readsAt(beside.fhirBase))
    return change(...given)
  })
  await read(beside, '3')
  expect(await store.all(readsAt(beside.fhirBase))).toEqual([])
})

const open = {
  providerId: 'new',
  purpose: 'record' as const,
  status: 'open' as const,
  startedAt: 1,
  bootId: 'b',
}
const elsewhere = 'https://new.example/fhir'

it('F46 a failed sign-in leaves no journal', async () => {
  watchConnections(store)
  await items.flow.set(open)
  await read(elsewhere, '1')
  await read(honest, '2')
  expect(await keptOf(elsewhere)).toEqual(['1'])
  await items.flow.set({ ...open, status: 'failed' })
  await vi.waitFor(async () =>
    expect(Object.keys(await journalsIn(store))).toEqual([readsAt(honest.fhirBase)]),
  )
  await read(elsewhere, '3')
  expect(Object.keys(await journalsIn(store))).toEqual([readsAt(honest.fhirBase)])
})

it('F46 the journal of a successful sign-in stays with its connection', async () => {
  await items.flow.set(open)
  await read(elsewhere, '1')
  await items.connections.set({ new: connectionTo('new', elsewhere) })
  await items.flow.remove()
  await forgetUnconnected(store)
  expect(await keptOf(elsewhere)).toEqual(['1'])
})

it('F33 reads stay known while anybody is connected there, also those of a connection that is gone', async () => {
  for (const by of [honest, beside, honest.fhirBase]) await read(by, typeof by === 'string' ? '3' : by.id)
  await items.connections.set({ honest })
  await forgetUnconnected(store)
  expect((await requestsFor(store, honest)).others.map(({ id }) => id)).toEqual(['beside', '3'])
  // Its running reads may still be answered.
  await read(beside, '4')
  expect(await keptOf(beside)).toEqual(['beside', '4'])
  await items.connections.set({ evil })
  await forgetUnconnected(store)
  expect(await journalsIn(store)).toEqual({})
})

it('a Bundle is about the patients of its own entries, however deep an organization puts others into it', () => {
  const bundle = (resource: object): Resource => ({ resourceType: 'Bundle', entry: [{ resource }] })
  const own = { resourceType: 'Patient', id: 'p' }
  expect(isAboutPatient(bundle(own), 'p')).toBe(true)
  expect(isAboutPatient(bundle(own), 'q')).toBe(false)
  const deep = Array.from({ length: 20_000 }).reduce<Resource>((inner) => bundle(inner), own)
  expect(isAboutPatient(deep, 'p')).toBe(false)
})
