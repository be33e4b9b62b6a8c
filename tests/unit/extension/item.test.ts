import { expect, it, vi } from 'vitest'
import { createItem, createTable } from '../../../extension/storage/item.ts'
import { items, setTogether } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'

it('has its initial value until something is stored', async () => {
  const item = createItem('session', 'untouched', { count: 0 })
  expect(await item.get()).toEqual({ count: 0 })
})

it('loses no update when many come at once', async () => {
  const counter = createItem('session', 'counter', 0)
  await Promise.all(Array.from({ length: 50 }, () => counter.update((count) => count + 1)))
  expect(await counter.get()).toBe(50)
})

it('is read once for concurrent callers, and again after a change', async () => {
  const item = createItem('session', 'shared', 'first')
  const slow = Promise.withResolvers<Record<string, unknown>>()
  const get = vi.spyOn(fakeBrowser.storage.session, 'get').mockReturnValueOnce(slow.promise)
  const reads = [item.get(), item.get()]
  expect(reads[0]).toBe(reads[1])
  await item.set('second')
  expect(await item.get()).toBe('second')
  await item.remove()
  expect(await item.get()).toBe('first')
  slow.resolve({ shared: 'before' })
  expect(await Promise.all(reads)).toEqual(['before', 'before'])
  get.mockRestore()
})

it('is read again after a write that changes several items', async () => {
  const reading = items.welcomed.get()
  const written = setTogether('local', { welcomed: true })
  await reading
  await written
  expect(await items.welcomed.get()).toBe(true)
})

it('a table finds its rows, and no inherited properties', async () => {
  const table = createTable<string>('session', 'table', [])
  await table.put('one', 'first')
  expect([await table.find('one'), await table.find('toString')]).toEqual(['first', undefined])
  expect([await table.has('one'), await table.has('toString')]).toEqual([true, false])
  expect(await table.change('one', (row) => `${row} and second`)).toBe('first and second')
  await table.change('one', () => undefined)
  await table.put('two', 'third')
  expect(await table.get()).toEqual({ two: 'third' })
  await table.delete('two', 'none')
  expect(await table.get()).toEqual({})
})
