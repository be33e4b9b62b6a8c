import type { KyselyPlugin } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Reach } from '../../../server/fhir/access/decide-access.ts'
import type { Position } from '../../../server/fhir/access/source.ts'
import { searchLog } from '../../../server/fhir/log/search-log.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Db } from '../../../server/store/schema.ts'
import type { Store } from '../../../server/store/store.ts'
import { countTurns } from '../../fixtures/count-turns.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const DAY = 86_400_000
const START = Date.parse('2024-01-01')
const MANY = 9_000
const json = (id: string) => JSON.stringify({ id, resourceType: 'AuditEvent' })

/** Nearly in the order of dates: the clock of a second process is behind, and once the clock was put back. */
const entryAt = (at: number) => ({
  seq: at + 1,
  id: `e${at}`,
  recorded: START + at * 60_000 - (at % 7 === 0 ? 30_000 : 0) - (at > 6_000 ? DAY : 0),
  patient: at % 3 === 0 ? 'anna' : at % 500 === 1 ? 'bert' : `p${at % 40}`,
  agent: at % 4 === 0 ? 'Practitioner/lee' : at % 900 === 1 ? 'Practitioner/rare' : 'Patient/anna',
  client_id: 'app',
  type: 'rest',
  subtype: at % 1_000 === 5 ? 'export' : 'read',
  outcome: at % 1_500 === 7 ? '8' : '0',
  request_id: `r${at}`,
  json: json(`e${at}`),
  salt: new Uint8Array(16),
})
type Entry = ReturnType<typeof entryAt>
const entries = Array.from({ length: MANY }, (_, at) => entryAt(at))

describe.each(engines)('a search of a long access log, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await store.write(async (trx) => {
      for (let at = 0; at < MANY; at += 500)
        await trx
          .insertInto('audit_event')
          .values(entries.slice(at, at + 500))
          .execute()
    })
  })
  afterAll(async () => {
    await store.close()
    await database.close()
  })
  afterEach(() => vi.useRealTimers())

  const searchPage = async (text: string, { db = store.db, reach = [{}] as Reach, after }: Asked = {}) => {
    const query = parseQuery('AuditEvent', new URLSearchParams(text), { base: 'http://x/fhir', strict: true })
    const found = await searchLog(db, query, reach, after, async () => ({ patients: [] }))
    const { resources, total, next } = found.openFor({ concerned: [] })
    return { ids: resources.map(({ id }) => id), total, next }
  }
  interface Asked {
    readonly db?: Db
    readonly reach?: Reach | undefined
    readonly after?: Position | undefined
  }
  const searchAll = async (text: string, reach?: Reach) => {
    const ids: string[] = []
    for (let after: Position | undefined, isFirst = true; isFirst || after; isFirst = false) {
      const page = await searchPage(`${text}&_count=200`, { reach, after })
      ids.push(...page.ids)
      after = page.next
    }
    return ids
  }

  it('finds all of a day on which more entries than one statement compares have the same date', async () => {
    const moment = START - 10 * DAY
    const same = Array.from({ length: 4_500 }, (_, at) => ({
      ...entryAt(at),
      ...{ seq: MANY + at + 1, id: `same${at}`, recorded: moment, patient: at === 4_400 ? 'last' : 'many' },
    }))
    await store.write(async (trx) => {
      for (let at = 0; at < same.length; at += 500)
        await trx
          .insertInto('audit_event')
          .values(same.slice(at, at + 500))
          .execute()
    })
    const day = new Date(moment).toISOString().slice(0, 10)
    const { total } = await searchPage(`date=${day}&_summary=count`)
    const { ids } = await searchPage(`date=${day}&patient=last`)
    await store.write((trx) => trx.deleteFrom('audit_event').where('recorded', '=', moment).execute())
    expect(total).toBe(same.length)
    expect(ids).toEqual(['same4400'])
  })

  const between = (from: string, to: string) => (entry: Entry) =>
    entry.recorded >= Date.parse(from) && entry.recorded < Date.parse(to)
  it.each<[string, (entry: Entry) => boolean, Reach?]>([
    ['outcome=8', ({ outcome }) => outcome === '8'],
    ['subtype=export', ({ subtype }) => subtype === 'export'],
    ['outcome=8&subtype=export', () => false],
    ['patient=bert,p4', ({ patient }) => patient === 'bert' || patient === 'p4'],
    ['patient=nobody', () => false],
    [
      `patient=${Array.from({ length: 40 }, (_, at) => `p${at}`).join()}&subtype=export`,
      ({ patient, subtype }) => /^p\d/.test(patient) && subtype === 'export',
    ],
    ['agent=Practitioner/rare', ({ agent }) => agent === 'Practitioner/rare'],
    [
      'agent=Practitioner/lee&patient=bert',
      ({ agent, patient }) => agent === 'Practitioner/lee' && patient === 'bert',
    ],
    ['date=2024-01-03', between('2024-01-03', '2024-01-04')],
    ['date=lt2024-01-02', between('2023-01-01', '2024-01-02')],
    [
      'date=ge2024-01-05&outcome=8',
      (entry) => between('2024-01-05', '2030-01-01')(entry) && entry.outcome === '8',
    ],
    [
      'date=2024-01-02,2024-01-05&subtype=export',
      (entry) =>
        (between('2024-01-02', '2024-01-03')(entry) || between('2024-01-05', '2024-01-06')(entry)) &&
        entry.subtype === 'export',
    ],
    [
      'date=ne2024-01-02&subtype=export',
      (entry) => !between('2024-01-02', '2024-01-03')(entry) && entry.subtype === 'export',
    ],
    ['date=lt2020-01-01', () => false],
    ['_id=e5,e8999,e17', ({ id }) => ['e5', 'e8999', 'e17'].includes(id)],
    [
      'subtype=export',
      ({ patient, subtype }) => patient === 'anna' && subtype === 'export',
      [{ compartment: 'anna' }],
    ],
    [
      'subtype=read&_total=none',
      ({ patient, subtype }) => (patient === 'anna' || patient === 'bert') && subtype === 'read',
      [{ compartment: 'anna' }, { compartment: 'bert' }],
    ],
  ])('finds what it would find entry by entry, in both orders: %s', async (text, matches, reach) => {
    const expected = entries.filter(matches).map(({ id }) => id)
    expect(await searchAll(text, reach)).toEqual(expected)
    expect(await searchAll(`${text}&_sort=-date`, reach)).toEqual(expected.toReversed())
    const { total } = await searchPage(`${text.replace('&_total=none', '')}&_summary=count`, { reach })
    expect(total).toBe(expected.length)
  })

  const ofEach = (see: () => void): Db => {
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        see()
        return result
      },
    }
    return store.db.withPlugin(plugin)
  }

  it('T02 is made piece by piece, with others in between', async () => {
    const eventLoop = countTurns()
    const turns = new Set<number>()
    const { ids } = await searchPage('outcome=8&_sort=-date', {
      db: ofEach(() => turns.add(eventLoop.turn())),
    })
    eventLoop.stop()
    expect(ids).toHaveLength(6)
    // 2,000 entries at a time.
    expect(turns.size).toBeGreaterThan(4)
  })

  it('T02 ends after 2 s: the page says where to go on, and a count is refused', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const slow = ofEach(() => vi.advanceTimersByTime(700))
    const page = await searchPage('subtype=export&_sort=-date', { db: slow })
    expect(page.total).toBeUndefined()
    expect(page.ids.length).toBeLessThan(9)
    const ids = [...page.ids]
    for (let after = page.next; after; ) {
      const further = await searchPage('subtype=export&_sort=-date', { db: slow, after })
      ids.push(...further.ids)
      after = further.next
    }
    expect(ids).toEqual(
      entries
        .filter(({ subtype }) => subtype === 'export')
        .map(({ id }) => id)
        .reverse(),
    )
    for (const asked of ['_summary=count', 'outcome=8&_total=accurate'])
      await expect(searchPage(asked, { db: slow })).rejects.toMatchObject({ status: 403, code: 'too_costly' })
  })
})
