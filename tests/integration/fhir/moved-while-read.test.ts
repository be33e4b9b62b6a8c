import type { KyselyPlugin } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Disclosure } from '../../../server/fhir/access/disclosure.ts'
import { everythingRecords } from '../../../server/fhir/search/everything-records.ts'
import { streamTexts } from '../../../server/fhir/search/late-text.ts'
import { readRecord, searchRecords } from '../../../server/fhir/search/search-records.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const EVERYTHING = [{}]

/** Its patients are read with its row. */
const weightOf = (patient: string) => ({
  resourceType: 'Observation',
  id: 'moving',
  status: 'final',
  code: { text: 'Weight' },
  subject: { reference: `Patient/${patient}` },
})
/** It refers to its patients, so they are looked up after its row was read. */
const provenanceOf = (patient: string) => ({
  resourceType: 'Provenance',
  id: 'moving',
  target: [{ reference: `Patient/${patient}` }],
  recorded: '2026-01-01T00:00:00Z',
  agent: [{ who: { display: 'Ward' } }],
})
const MOVING = { Observation: weightOf, Provenance: provenanceOf }

/** An import moves a resource to another patient between reading it and determining whom it concerns. */
describe.each(engines)('F62 a resource that moves to another patient while it is read, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await store.write(async (trx) => {
      for (const id of ['pa', 'pb']) await putResource(trx, { resourceType: 'Patient', id }, 0)
      for (const resourceOf of Object.values(MOVING)) await putResource(trx, resourceOf('pa'), 0)
    })
  })
  afterEach(async () => {
    await store.close()
    await database.close()
  })

  /** The store's reads; the import runs right after the first one that returns the text. */
  const movingOnce = (type: keyof typeof MOVING) => {
    let moved = false
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        if (!moved && result.rows.some(({ json }) => String(json).includes(`"resourceType":"${type}"`))) {
          moved = true
          await store.write((trx) => putResource(trx, MOVING[type]('pb'), 1))
        }
        return result
      },
    }
    return store.db.withPlugin(plugin)
  }
  const queryOf = (type: string) =>
    parseQuery(type, new URLSearchParams('_count=5'), { base: 'http://x/fhir', strict: true })
  const concernedBy = (disclosure: Disclosure<unknown>) => {
    const concerned: { patients: readonly string[] }[] = []
    disclosure.openFor({ concerned })
    return concerned.flatMap(({ patients }) => patients)
  }

  describe.each([
    ['search', (db: Store['db'], type: string) => searchRecords(db, queryOf(type), EVERYTHING)],
    ['read', (db: Store['db'], type: string) => readRecord(db, type, 'moving', EVERYTHING)],
    [
      '$everything',
      (db: Store['db'], type: string) =>
        everythingRecords(db, { patient: 'pa', types: [type], count: 5 }, () => EVERYTHING),
    ],
  ])('%s', (_what, read) => {
    const nextTime = async (type: string) =>
      concernedBy(await searchRecords(store.db, queryOf(type), EVERYTHING))

    it('is logged for the patient it belonged to when it was read, and the next time for the new one', async () => {
      expect(concernedBy(await read(movingOnce('Observation'), 'Observation'))).toEqual(['pa'])
      expect(await nextTime('Observation')).toEqual(['pb'])
    })

    it('is refused if its patients could only be looked up afterwards, and the next time logged for the new one', async () => {
      await expect(read(movingOnce('Provenance'), 'Provenance')).rejects.toMatchObject({ status: 503 })
      expect(await nextTime('Provenance')).toEqual(['pb'])
    })
  })

  it('is not sent under the name of one that was deleted', async () => {
    const row = () =>
      store.db
        .selectFrom('resource')
        .select(['key', 'version'])
        .where('type', '=', 'Observation')
        .where('id', '=', 'moving')
        .executeTakeFirstOrThrow()
    const { key, version } = await row()
    const textOf = async (id: string) => {
      const entry = { type: 'Observation', id, json: { key, version, size: 1_000 } }
      for await (const [, text] of streamTexts(store.db, [entry])) return text
    }
    expect(await textOf('moving')).toContain('Weight')
    expect(await textOf('deleted')).toBeUndefined()

    await store.write((trx) => trx.deleteFrom('resource').where('key', '>=', key).execute())
    await store.write((trx) => putResource(trx, { ...weightOf('pb'), id: 'later' }, 0))
    const later = await store.db
      .selectFrom('resource')
      .select('key')
      .where('id', '=', 'later')
      .executeTakeFirstOrThrow()
    expect(later.key).toBeGreaterThan(key)
  })

  /** Another process stores one more patient's resource after each statement. */
  const growing = () => {
    let stored = 0
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        const patient = `new-${stored++}`
        await store.write(async (trx) => {
          await putResource(trx, { resourceType: 'Patient', id: patient }, 1)
          for (const resourceOf of Object.values(MOVING))
            await putResource(trx, { ...resourceOf(patient), id: `${patient}-row` }, 1)
        })
        return result
      },
    }
    return store.db.withPlugin(plugin)
  }

  it.each(['Observation', 'Patient', 'Provenance'])(
    'F62 a count of %s has an entry for everybody it counts, even for those stored while it is made',
    async (type) => {
      const query = parseQuery(type, new URLSearchParams('_summary=count'), {
        base: 'http://x/fhir',
        strict: true,
      })
      const trail: { concerned: { patients: readonly string[] }[] } = { concerned: [] }
      const { total = 0 } = (await searchRecords(growing(), query, EVERYTHING)).openFor(trail)
      expect(total).toBeGreaterThan(0)
      expect(new Set(trail.concerned.flatMap(({ patients }) => patients)).size).toBe(total)
    },
  )
})
