import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { gatherRefusals } from '../../../server/audit/write/gather-refusals.ts'
import { engines } from '../../fixtures/store.ts'
import { config, createLog } from './logged.ts'

it.each(engines)('J08 counts that cannot become an entry hold back no others, on %s', async (engine) => {
  const test = await createLog(engine)
  const minute = Date.now() - (Date.now() % 60_000) - 600_000
  const put = (at: unknown, network: string, requests: unknown) =>
    test.store.write((trx) =>
      sql`insert into refused_request (minute, network, kind, reason, requests)
          values (${at}, ${network}, 'sign-in', 'busy', ${requests})`.execute(trx),
    )
  const odd = [-9_000_000_000_000_000n, 9_000_000_000_000_000n, ...(engine === 'sqlite' ? ['x', 1e300] : [])]
  for (const at of odd) await put(at, 'odd', 1)
  // More than are gathered at a time.
  for (let n = 0; n < 120; n++) await put(-n - 1, 'odd', 1)
  await put(minute, '192.0.2.0/24', 2n ** 63n - 1n)
  await put(minute, '203.0.113.0/24', 7)
  await gatherRefusals(test.log.store, { clock: Date.now, config })
  const rows = await test.store.db
    .selectFrom('audit_event')
    .select('json')
    .where('subtype', '=', 'refusals')
    .execute()
  expect(rows).toHaveLength(1)
  expect(rows[0]?.json).toContain('203.0.113.0/24')
  await test.close()
})
