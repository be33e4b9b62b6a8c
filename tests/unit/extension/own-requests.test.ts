import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import {
  forgetUnconnected,
  journalOf,
  requestsFor,
  watchConnections,
} from '../../../extension/access-log/own-requests.ts'
import { createClient } from '../../../extension/fhir/client.ts'
import { items, type StoredConnection } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'

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

beforeEach(async () => {
  await fakeBrowser.storage.local.clear()
  await fakeBrowser.storage.session.clear()
  await items.connections.set({ honest, beside, evil })
})

afterEach(() => vi.restoreAllMocks())

/** A read that is answered. */
const read = async (key: string, id: string, named: string | null = null) => {
  const journal = journalOf(key)
  await journal.sent({ id, what: 'Observation' })
  await journal.answered({ id, named, date: null, resource: { resourceType: 'Bundle' } })
}
const keptOf = async (key: string) => (await items.ownRequests.get())[key]?.requests.map(({ id }) => id) ?? []

it('F33 a log is held against what was sent to its own organization, and to no other', async () => {
  for (const key of ['honest', 'beside', honest.fhirBase, 'evil', evil.fhirBase]) await read(key, `by ${key}`)
  const { own, others } = await requestsFor(honest)
  expect(own?.requests.map(({ id }) => id)).toEqual(['by honest'])
  expect(others.map(({ id }) => id)).toEqual(['by beside', `by ${honest.fhirBase}`])
})

it('F33 an id that an organization gives to two requests is that of the first', async () => {
  await read('honest', '1', 'again')
  await read('honest', '2', 'again')
  await read('beside', '3', 'again')
  await read(honest.fhirBase, '4', '2')
  expect(await keptOf('honest')).toEqual(['again', '2'])
  expect([...(await keptOf('beside')), ...(await keptOf(honest.fhirBase))]).toEqual(['3', '4'])
  // What another organization says takes no id from this one.
  await read('evil', '5', 'again')
  expect(await keptOf('evil')).toEqual(['again'])
})

it('an id that is answered as it was sent stays', async () => {
  await read('honest', '1', '1')
  expect(await keptOf('honest')).toEqual(['1'])
})

it('F57 of an address that an organization names, only the type is kept', async () => {
  const client = createClient({
    fhirBase: evil.fhirBase,
    journal: journalOf('evil'),
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
  const { evil: kept } = await items.ownRequests.get()
  expect(kept?.requests.map(({ what }) => what)).toEqual(['Observation', '', '', '', ''])
})

/** As a browser whose storage takes nothing of this key that is longer. */
const limitTo = (most: number) => {
  const { set } = fakeBrowser.storage.local
  vi.spyOn(fakeBrowser.storage.local, 'set').mockImplementation(async (values) => {
    if (JSON.stringify(values).length > most) throw new Error('Resource::kQuotaBytes quota exceeded')
    return set(values)
  })
}

it('F57 where no room is left to write it down, a read is answered all the same, and what is kept begins anew', async () => {
  await read('honest', '1')
  limitTo(JSON.stringify({ ownRequests: await items.ownRequests.get() }).length + 10)
  await read('honest', '2')
  expect(await items.ownRequests.get()).toEqual({})
  vi.restoreAllMocks()
  await read('honest', '3')
  const { own } = await requestsFor(honest)
  expect(own?.requests.map(({ id }) => id)).toEqual(['3'])
  // What was under way with the one that was lost may be in the log, and is nobody else's.
  expect(own?.since).toBeGreaterThan(own?.requests[0]?.at ?? Number.POSITIVE_INFINITY)
})

it('F57 another failure than a full storage is told', async () => {
  vi.spyOn(fakeBrowser.storage.local, 'set').mockRejectedValue(new Error('An unexpected error occurred'))
  await expect(read('honest', '1')).rejects.toThrow('unexpected')
})

it('F46 a read whose connection is gone is not kept, before and while it is written down', async () => {
  await items.connections.set({ beside })
  await read('honest', '1')
  // Whoever forgot everything finds nothing written again, not even an empty list.
  expect(Object.keys(await fakeBrowser.storage.local.get())).toEqual(['connections'])
  const { set } = fakeBrowser.storage.local
  vi.spyOn(fakeBrowser.storage.local, 'set').mockImplementationOnce(async (values) => {
    await set({ connections: {} })
    return set(values)
  })
  await read('beside', '2')
  expect(await items.ownRequests.get()).toEqual({})
})

const open = {
  providerId: 'new',
  purpose: 'record' as const,
  status: 'open' as const,
  startedAt: 1,
  bootId: 'b',
}
const elsewhere = 'https://new.example/fhir'

it('F46 a sign-in that came to nothing leaves no trace of where it was', async () => {
  watchConnections()
  await items.flow.set(open)
  await read(elsewhere, '1')
  await read('honest', '2')
  expect(await keptOf(elsewhere)).toEqual(['1'])
  await items.flow.set({ ...open, status: 'failed' })
  await vi.waitFor(async () => expect(Object.keys(await items.ownRequests.get())).toEqual(['honest']))
  await read(elsewhere, '3')
  expect(Object.keys(await items.ownRequests.get())).toEqual(['honest'])
})

it('F46 one that led to a connection is kept with it', async () => {
  await items.flow.set(open)
  await read(elsewhere, '1')
  await items.connections.set({ new: connectionTo('new', elsewhere) })
  await items.flow.remove()
  await forgetUnconnected()
  expect(await keptOf(elsewhere)).toEqual(['1'])
})
