import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { longestList, searchBrands } from '../../../extension/administration/fetch-brands.ts'
import { recordTypes } from '../../../extension/messages/record-lists.ts'
import { createCopies, mostCopies } from '../../../extension/storage/copies.ts'
import { items, setTogether } from '../../../extension/storage/items.ts'
import { createVault } from '../../../extension/storage/vault.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { createCopyStore, createKeyStore } from '../../fakes/key-store.ts'
import { publishedList } from '../../fixtures/published-list.ts'

const { local } = fakeBrowser.storage

/** Simulates a browser whose `storage.local` holds this many characters. */
const limitTo = (most: number) => {
  const set = local.set
  vi.spyOn(local, 'set').mockImplementation(async (values) => {
    const all = { ...(await local.get()), ...values }
    if (JSON.stringify(all).length > most) throw new Error('Resource::kQuotaBytes quota exceeded')
    return set(values)
  })
}

beforeEach(() => local.clear())
afterEach(() => vi.restoreAllMocks())

const brands = (name: string) => ({
  address: 'https://lists.example/',
  etag: '1',
  brands: [{ name, fhirBase: 'https://a.example/fhir' }],
})
const grant = (length: number) => ({ c1: { iv: '', data: 'x'.repeat(length), signedInAt: 1 } })

it('F57 a list that is kept makes room for what keeps a person signed in', async () => {
  await items.brands.set(brands('x'.repeat(500)))
  await items.grants.set(grant(10))
  const most = JSON.stringify(await local.get()).length + 30
  limitTo(most)
  await items.grants.set(grant(200))
  expect(await items.grants.get()).toEqual(grant(200))
  expect(await items.brands.get()).toBeNull()
  await setTogether('local', { grants: grant(most - 80), exposed: { c1: true } })
  expect(Object.keys(await local.get()).sort()).toEqual(['exposed', 'grants'])
})

it('F57 if nothing is left to delete, that is reported, and nothing has changed', async () => {
  await items.grants.set(grant(10))
  limitTo(JSON.stringify(await local.get()).length + 30)
  await expect(items.grants.set(grant(200))).rejects.toThrow('quota')
  expect(await items.grants.get()).toEqual(grant(10))
})

it('F57 an error other than full storage deletes nothing', async () => {
  await items.brands.set(brands('kept'))
  vi.spyOn(local, 'set').mockRejectedValue(new Error('An unexpected error occurred'))
  await expect(items.grants.set(grant(1))).rejects.toThrow('unexpected')
  expect(await items.brands.get()).toEqual(brands('kept'))
})

const answerWith = (body: object) =>
  vi
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async () => Response.json(body, { headers: { etag: '"1"' } }))

it('F57 a published list is searched whatever its length, and kept up to a certain length if there is room', async () => {
  const search = () => searchBrands({ url: 'https://lists.example/brands.json', text: 'clinic' })
  answerWith(publishedList(3, 'Clinic'))
  expect((await search()).total).toBe(3)
  expect((await items.brands.get())?.brands).toHaveLength(3)

  answerWith(publishedList(4000, `Clinic ${'x'.repeat(190)}`))
  expect((await search()).total).toBe(4000)
  expect(JSON.stringify((await items.brands.get()) ?? '').length).toBeLessThan(longestList)

  limitTo(100)
  answerWith(publishedList(3, 'Clinic'))
  expect((await search()).total).toBe(3)
  expect(await items.brands.get()).toBeNull()
})

it('F57 the number of copies is limited: a new one replaces one of the connection that has the most', async () => {
  const store = createCopyStore()
  const copies = createCopies({ vault: createVault(createKeyStore()), store })
  for (let at = 0; at < mostCopies + 5; at++) await copies.keep(`c${at}`, 'vitals', at)
  expect(await store.ids()).toHaveLength(mostCopies)
  expect(await copies.find(`c${mostCopies + 4}`, 'vitals')).toBe(mostCopies + 4)
  await copies.keep(`c${mostCopies + 4}`, 'vitals', 'again')
  expect(await store.ids()).toHaveLength(mostCopies)
  // One with many copies pushes out its own.
  for (let at = 0; at < mostCopies; at++) await copies.keep('greedy', `part${at}`, at)
  const ofOthers = (await store.ids()).filter((id) => !id.startsWith('greedy '))
  expect(ofOthers).toHaveLength(mostCopies - 2)
})

it('of the connection that has the most copies, what a doctor asks first is kept longest, allergies above all', async () => {
  const store = createCopyStore()
  const copies = createCopies({ vault: createVault(createKeyStore()), store })
  const parts = ['vitals', ...recordTypes]
  for (let at = 0; at < 5; at++) for (const part of parts) await copies.keep(`c${at}`, part, at)
  const first = parts.filter((part) => /^vitals|Allergy|Condition|Medication/.test(part))
  const kept = await store.ids()
  expect(kept).toHaveLength(mostCopies)
  for (let at = 0; at < 5; at++)
    expect(kept).toEqual(expect.arrayContaining(first.map((part) => `c${at} ${part}`)))
  for (let at = 0; at < mostCopies - 1; at++) await copies.keep(`d${at}`, 'AllergyIntolerance', at)
  expect((await store.ids()).filter((id) => id.startsWith('c'))).toEqual(['c4 AllergyIntolerance'])
})
