import { expect, test } from 'vitest'
import { attack } from './attack.ts'

const anna = attack()

test('J13 a request for proofs is logged also if the tree cannot be read', async () => {
  const { db, write } = anna.server.store
  const [entry] = (await anna.send('/fhir/AuditEvent?_count=1', { as: 'TA' })).json.entry
  const sizeOf = async () => Number((await anna.send('/audit/checkpoint')).text.split('\n')[1])
  await expect.poll(sizeOf, { timeout: 15_000 }).toBeGreaterThan(2)
  const size = await sizeOf()
  const path = `/audit/proof/inclusion?size=${size}&entry=${entry.resource.id}`
  const proofs = () =>
    db
      .selectFrom('audit_event')
      .select(['outcome', 'json'])
      .where('subtype', '=', 'proof')
      .orderBy('seq')
      .execute()
  const leaf = await db
    .selectFrom('audit_leaf')
    .selectAll()
    .where('index', '=', size - 2)
    .executeTakeFirstOrThrow()
  await write((trx) =>
    trx
      .deleteFrom('audit_leaf')
      .where('index', '=', size - 2)
      .execute(),
  )
  try {
    // Not by `anna.fetch`, for which a 503 says that nothing could be logged.
    const authorization = `Bearer ${await anna.token('TA')}`
    const answer = await fetch(`${anna.server.url}${path}`, { headers: { authorization } })
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: 'temporarily_unavailable' }])
  } finally {
    await write((trx) => trx.insertInto('audit_leaf').values(leaf).execute())
  }
  const [logged, ...others] = await proofs()
  expect(others).toEqual([])
  expect(logged?.outcome).not.toBe('0')
  expect(logged?.json).toContain('unavailable')
})
