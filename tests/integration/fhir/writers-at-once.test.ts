import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deleteResources } from '../../../server/fhir/index/put-indexes.ts'
import { putPrepared, putResources } from '../../../server/fhir/index/put-resource.ts'
import { streamTexts } from '../../../server/fhir/search/late-text.ts'
import { ORIGIN, prepareOwn } from '../../../server/sources/withings/person.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { countWaiting } from '../../fixtures/waits-for-lock.ts'

const observation = (id: string, patient: string, text: string) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text } },
  subject: { reference: `Patient/${patient}` },
})

/** Of the resources that are stored before. */
const IDS = ['first', 'middle', 'second']

// SQLite has one writer at a time.
const onPostgres = engines.filter((engine) => engine === 'postgres')

describe.each(onPostgres)('two writers of the same resource at once, on %s', (engine) => {
  let database: TestDatabase
  let one: Store
  let two: Store
  beforeEach(async () => {
    database = await createDatabase(engine)
    one = await database.open()
    two = await database.open()
    await one.write(async (trx) => {
      for (const id of ['pa', 'pb']) await putResource(trx, { resourceType: 'Patient', id }, 1000)
      for (const id of IDS) await putResource(trx, observation(id, 'pa', 'before'), 1000)
    })
  })
  afterEach(async () => {
    await one.close()
    await two.close()
    await database.close()
  })

  /** Begins a transaction whose work is done; it commits when that is called. */
  const hold = async (work: (trx: Db) => Promise<unknown>): Promise<() => Promise<void>> => {
    const hasWorked = Promise.withResolvers<void>()
    const mayCommit = Promise.withResolvers<void>()
    const holding = one.write(async (trx) => {
      await work(trx)
      hasWorked.resolve()
      await mayCommit.promise
    })
    await Promise.race([hasWorked.promise, holding])
    return () => {
      mayCommit.resolve()
      return holding
    }
  }
  const untilWaiting = (count: number) =>
    expect.poll(() => countWaiting(one.db), { timeout: 10_000 }).toBe(count)
  /** Holds stored rows, so that a writer waits for them after it has looked which resources are new. */
  const lockRows = (ids: readonly string[]) => (trx: Db) =>
    trx.selectFrom('resource').select('key').where('id', 'in', ids).forUpdate().execute()
  const rowOf = (db: Db, id: string) =>
    db
      .selectFrom('resource')
      .selectAll()
      .where('type', '=', 'Observation')
      .where('id', '=', id)
      .executeTakeFirst()

  test('F62 give it two versions, so that an answer about the first does not send the second', async () => {
    const release = await hold(lockRows(['first']))
    const putting = two.write((trx) =>
      putResources(
        trx,
        ['first', 'second'].map((id) => ({ resource: observation(id, 'pb', 'of pb') })),
        2000,
      ),
    )
    await untilWaiting(1)
    let row: Awaited<ReturnType<typeof rowOf>>
    const commit = await hold(async (trx) => {
      await putResource(trx, observation('second', 'pa', 'of pa'), 2000)
      row = await rowOf(trx, 'second')
    })
    await release()
    await untilWaiting(1)
    await commit()
    await putting
    const { key, version } = row ?? expect.fail('It is not stored.')
    const entry = { type: 'Observation', id: 'second', json: { key, version, size: 1000 } }
    for await (const [, text] of streamTexts(one.db, [entry])) expect(text).toBeUndefined()
    expect(await rowOf(one.db, 'second')).toMatchObject({
      version: version + 1,
      json: expect.stringContaining(`"versionId":"${version + 1}"`),
    })
  })

  test('wait for each other without a deadlock, whatever the order of their resources', async () => {
    let runs = 0
    const put = (ids: readonly string[], text: string) =>
      two.write((trx) => {
        runs++
        return putResources(
          trx,
          ids.map((id) => ({ resource: observation(id, 'pa', text) })),
          2000,
        )
      })
    const release = await hold(lockRows(['middle']))
    const putting = [put(IDS, 'one'), put(IDS.toReversed(), 'two')]
    await untilWaiting(2)
    await release()
    for (const puts of await Promise.all(putting)) expect(puts).toEqual(IDS.map(() => 'replaced'))
    expect(runs).toBe(2)
    for (const id of IDS) expect(await rowOf(one.db, id)).toMatchObject({ version: 3 })
  })

  test('W08 keep a reading of Withings that an import takes over while it is to be deleted', async () => {
    await one.write((trx) => putPrepared(trx, [prepareOwn(observation('reading', 'pa', 'Weight'), 1000)]))
    const { key } = (await rowOf(one.db, 'reading')) ?? expect.fail('It is not stored.')
    const commit = await hold((trx) => putResource(trx, observation('reading', 'pa', 'Weight'), 2000))
    const deleting = two.write((trx) => deleteResources(trx, [key], ORIGIN))
    await untilWaiting(1)
    await commit()
    await deleting
    expect(await rowOf(one.db, 'reading')).toMatchObject({ origin: null })
    const compartments = one.db.selectFrom('compartment').select('patient').where('key', '=', key)
    expect(await compartments.execute()).toEqual([{ patient: 'pa' }])
  })

  test('store a resource that is deleted while an import waits for it', async () => {
    await one.write((trx) => putPrepared(trx, [prepareOwn(observation('reading', 'pa', 'Weight'), 1000)]))
    const { key } = (await rowOf(one.db, 'reading')) ?? expect.fail('It is not stored.')
    const release = await hold(lockRows(['first']))
    const putting = two.write((trx) =>
      putResources(
        trx,
        ['first', 'reading'].map((id) => ({ resource: observation(id, 'pb', 'imported') })),
        2000,
      ),
    )
    await untilWaiting(1)
    const commit = await hold((trx) => deleteResources(trx, [key], ORIGIN))
    await release()
    await untilWaiting(1)
    await commit()
    expect(await putting).toEqual(['replaced', 'created'])
    expect(await rowOf(one.db, 'reading')).toMatchObject({
      version: 1,
      json: expect.stringContaining('imported'),
    })
  })
})

test.each(engines)('ten writers at once make ten versions of a resource, on %s', async (engine) => {
  const database = await createDatabase(engine)
  const stores = [await database.open(), await database.open()]
  const put = (text: string, at: number) =>
    stores[at % 2]?.write((trx) => putResource(trx, observation('of-ten', 'pa', text), 1000 + at))
  await stores[0]?.write((trx) => putResource(trx, { resourceType: 'Patient', id: 'pa' }, 1000))
  await Promise.all(Array.from({ length: 10 }, (_, at) => put(`text ${at}`, at)))
  const { version } = (await stores[0]?.db
    .selectFrom('resource')
    .select('version')
    .where('id', '=', 'of-ten')
    .executeTakeFirst()) ?? { version: 0 }
  expect(version).toBe(10)
  for (const store of stores) await store.close()
  await database.close()
})
