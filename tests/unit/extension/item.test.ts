import { expect, it } from 'vitest'
import { createItem } from '../../../extension/storage/item.ts'

it('stands for its initial value until something is stored', async () => {
  const item = createItem('session', 'untouched', { count: 0 })
  expect(await item.get()).toEqual({ count: 0 })
})

it('loses no update when many come at once', async () => {
  const counter = createItem('session', 'counter', 0)
  await Promise.all(Array.from({ length: 50 }, () => counter.update((count) => count + 1)))
  expect(await counter.get()).toBe(50)
})

it('is read once for all who ask meanwhile, and anew for who asks after a change', async () => {
  const item = createItem('session', 'shared', 'first')
  const asked = [item.get(), item.get()]
  expect(asked[0]).toBe(asked[1])
  const written = item.set('second')
  expect(await item.get()).toBe('second')
  const removed = item.remove()
  expect(await item.get()).toBe('first')
  await Promise.all([written, removed, ...asked])
})
