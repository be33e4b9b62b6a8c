import { expect, test } from 'vitest'
import { rememberEntry, takeEntry } from '../../../server/audit/written-entries.ts'
import { createDatabase } from '../../fixtures/store.ts'

test('a process remembers its newest entries, also when another one placed those before', async () => {
  const database = await createDatabase('sqlite')
  const { db, close } = await database.open()
  const entry = (id: number) => ({
    id: String(id),
    event: { id: String(id) } as never,
    salt: new Uint8Array(),
  })
  for (let id = 1; id <= 3_000; id++) rememberEntry(db, entry(id))
  expect(takeEntry(db, '1')).toBeUndefined()
  expect(takeEntry(db, '3000')).toEqual(entry(3_000))
  expect(takeEntry(db, '3000')).toBeUndefined()
  await close()
  await database.close()
})
