import { expect, test } from 'vitest'
import { UnplacedEntries } from '../../../server/audit/write/written-entries.ts'

test('J08 a process forgets none of the entries that wait for a place, and takes no more than it can remember', () => {
  let now = 0
  const unplaced = new UnplacedEntries(() => now)
  for (; !unplaced.isFull; now++) {
    unplaced.requireRoom()
    unplaced.add({ id: String(now), hash: () => new Uint8Array() })
  }
  expect(unplaced.list()).toHaveLength(now)
  expect(() => unplaced.requireRoom()).toThrow('unavailable')
  expect(unplaced.oldest).toBe(0)
  unplaced.forget('0')
  expect(unplaced.oldest).toBe(1)
  expect(() => unplaced.requireRoom()).not.toThrow()
})
