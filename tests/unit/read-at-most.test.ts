import { expect, test } from 'vitest'
import { readAtMost } from '../../server/read-at-most.ts'

test('J13 a chunk is copied and not kept, because one of a single byte takes 900 bytes of memory', async () => {
  const chunks = async function* () {
    const chunk = Buffer.alloc(1)
    for (const byte of Buffer.from('one byte after another')) {
      chunk[0] = byte
      yield chunk
    }
  }
  expect(String(await readAtMost(chunks(), 22))).toBe('one byte after another')
  expect(await readAtMost(chunks(), 21)).toBeUndefined()
})
