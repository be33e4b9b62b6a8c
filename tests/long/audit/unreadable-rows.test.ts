import { randomBytes, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type RawBuilder, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { erasePerson } from '../../../server/audit/erase/erase.ts'
import { verifyAside } from '../../../server/audit/verify/verify-aside.ts'
import { startSequencer } from '../../../server/audit/write/sequencer.ts'
import type { Store } from '../../../server/store/store.ts'
import type { Engine } from '../../../server/store/tables/dialect.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { appendOne, config, unknown } from '../../integration/audit/logged.ts'

const insertEntry = (json: string, salt: unknown = randomBytes(16)) =>
  sql`insert into audit_event (id, recorded, type, subtype, outcome, request_id, json, salt)
      values (${randomUUID()}, ${Date.now()}, 'rest', 'read', '0', 'x', ${json}, ${salt})`

/** What makes a reader of it throw. Whoever can write the database can write it, without the log's key. */
const WAYS: readonly {
  readonly what: string
  readonly way: () => RawBuilder<unknown>
  readonly only?: Engine
}[] = [
  { what: 'an entry that is an empty object', way: () => insertEntry('{}') },
  { what: 'an entry that is a text', way: () => insertEntry('"x"') },
  { what: 'an entry that is no JSON', way: () => insertEntry('{') },
  { what: 'an entry with a number for its salt', way: () => insertEntry('{}', 5), only: 'sqlite' },
  {
    what: 'a checkpoint of a time that no calendar has',
    way: () => sql`update audit_checkpoint set signed_at = 9000000000000000`,
  },
  {
    what: 'a newest checkpoint that is none',
    way: () =>
      sql`update audit_checkpoint set note = 'x' where key = (select max(key) from audit_checkpoint)`,
  },
  {
    what: 'a newest checkpoint of bytes',
    way: () =>
      sql`update audit_checkpoint set note = x'00' where key = (select max(key) from audit_checkpoint)`,
    only: 'sqlite',
  },
  {
    what: 'a hash that is a text',
    way: () => sql`update audit_leaf set hash = 'x' where "index" = 1`,
    only: 'sqlite',
  },
  {
    what: 'a number that is too large',
    way: () => sql`update audit_leaf set count = 9223372036854775807 where "index" = 2`,
  },
]

describe.each(engines)('what cannot be read in the log, on %s', { timeout: 60_000 }, (engine) => {
  let database: TestDatabase
  let store: Store
  let app: FastifyInstance | undefined
  const start = async (acceptRollback = false) => {
    const { logKey, keyFile } = database
    app = await createApp({
      ...{ config, store, clock: Date.now, keyFile },
      logKey: { file: logKey, acceptRollback },
    })
  }
  const stop = async () => {
    await app?.close()
    app = undefined
  }
  beforeEach(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await start()
    for (const patient of ['ana', 'ben', 'ana']) await appendOne(store, patient)
    await stop()
  })
  afterEach(async () => {
    await stop()
    await store.close()
    await database.close()
  })
  const write = (statement: RawBuilder<unknown>) =>
    store.write(async (trx) => {
      await statement.execute(trx)
    })
  const ready = async () => (await app?.inject('/readyz'))?.json()
  const checkAside = async () => {
    const { publicKey } = await readLogKey(database.logKey)
    const { signal } = new AbortController()
    return verifyAside({ address: store.address, publicKey, known: [] }, signal)
  }

  const ways = WAYS.filter(({ only = engine }) => only === engine)
  it.each(ways)('$what is a fault to a server that runs', async ({ way }) => {
    expect(await checkAside()).toBeUndefined()
    await write(way())
    await startSequencer(store, () => undefined).drain()
    expect(await checkAside()).toMatch(/^[a-z ]+: .+\.$/)
  })

  it.each(ways)('$what keeps no server from saying so, and the operator can accept it', async ({ way }) => {
    await write(way())
    // It gets its place.
    await start().catch(() => undefined)
    await stop()
    const refusal = await start().then(ready, (error: Error) => error.message)
    expect(refusal).toSatisfy(
      (answer) => answer.reason === 'log-not-verified' || /--accept-rollback/.test(answer),
    )
    await stop()
    await start(true)
    expect(await ready()).toEqual({ status: 'ready' })
    await appendOne(store, 'ana')
    await stop()
    await start()
    expect(await ready()).toEqual({ status: 'ready' })
  })

  it.each([
    ['a table that is gone', sql`alter table audit_leaf rename to leaves`],
    ['a version of the schema that nobody made', sql`insert into schema_history values ('9999-x', '')`],
  ])('%s is a fault to a server that runs', async (_what, statement) => {
    await write(statement)
    expect(await checkAside()).toMatch(/^unreadable: the log cannot be read /)
  })

  it('an entry that is an empty object is named', async () => {
    await write(insertEntry('{}'))
    await startSequencer(store, () => undefined).drain()
    expect(await checkAside()).toMatch(
      /^unreadable: entry 3 \(AuditEvent\/.+\) cannot be read \(TypeError\)\.$/,
    )
  })

  it('what is no entry is erased with the person whom it mentions', async () => {
    await write(insertEntry('{"who": "Patient/ben"'))
    const key = await readLogKey(database.logKey)
    expect(await erasePerson(store, unknown('ben'), { config, key, clock: Date.now })).toBe(2)
    const { rows } = await sql`select 1 from audit_event where json like '%Patient/ben%'`.execute(store.db)
    expect(rows).toEqual([])
  })

  // PostgreSQL keeps no text in a column of bytes.
  it.each(engine === 'sqlite' ? ['a stored tree that is a text'] : [])(
    '%s is said at the start',
    async () => {
      await Promise.all(Array.from({ length: 256 }, () => appendOne(store, 'ana')))
      await start()
      await stop()
      await write(sql`update audit_tile set hashes = hex(hashes)`)
      await expect(start()).rejects.toThrow(/unreadable: the log cannot be read .*--accept-rollback/)
    },
  )

  it.each(ways.filter(({ what }) => /^an entry/.test(what)))('$what stops no erasure', async ({ way }) => {
    await write(way())
    const key = await readLogKey(database.logKey)
    expect(await erasePerson(store, unknown('ben'), { config, key, clock: Date.now })).toBe(1)
  })
})
