import { beforeEach, expect, it } from 'vitest'
import { journalOf, requestsFor } from '../../../extension/background/own-requests.ts'
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
