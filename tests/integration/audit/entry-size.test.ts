import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { appendOne, createLog } from './logged.ts'

it('T13 entries share pages on sqlite: one takes 3.1 kB at most, with its indexes and its place in the tree', async () => {
  const test = await createLog('sqlite')
  const size = async () => {
    const { rows } = await sql<{
      size: number
    }>`select page_count * page_size as size from pragma_page_count(), pragma_page_size()`.execute(
      test.store.db,
    )
    return rows[0]?.size ?? 0
  }
  const before = await size()
  for (let at = 0; at < 1_000; at++) await appendOne(test.store, `patient-${at % 50}`)
  await test.log.sign()
  expect(((await size()) - before) / 1_000).toBeLessThan(3_100)
  await test.close()
})
