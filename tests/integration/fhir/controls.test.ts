import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { reference } from '../../fixtures/canary.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { engines } from '../../fixtures/store.ts'
import { type Answer, BASE, type GuardedServer, START, startGuarded } from './guarded-server.ts'

const HOUR = 3_600_000

/** Storing, dates and ids each give a different order. */
const readings = [
  { id: 'c', effectiveDateTime: '2025-01-03', hour: 1 },
  { id: 'a', effectiveDateTime: '2025-01-02', hour: 3 },
  { id: 'e', hour: 3 },
  { id: 'b', effectiveDateTime: '2025-01-01', hour: 2 },
  { id: 'd', effectiveDateTime: '2025-01-02', hour: 0 },
]

describe.each(engines)('on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded(
      [{ resourceType: 'Patient', id: 'pa', birthDate: '1980-01-15', active: true }],
      engine,
    )
    for (const { hour, ...reading } of readings)
      await server.store.write((trx) =>
        putResource(
          trx,
          {
            resourceType: 'Observation',
            status: 'final',
            code: { text: 'Weight' },
            subject: reference('Patient/pa'),
            valueQuantity: { value: 0, unit: 'kg' },
            ...reading,
          },
          START + hour * HOUR,
          JSON.stringify({
            resourceType: 'Observation',
            status: 'final',
            code: { text: 'Weight' },
            subject: reference('Patient/pa'),
            valueQuantity: { value: 'DIGITS', unit: 'kg' },
            meta: { tag: [{ code: 'own' }] },
            ...reading,
          }).replace('"DIGITS"', '94.50'),
        ),
      )
  })
  afterAll(() => server.close())
  beforeEach(() => server.entries())

  const ids = ({ json }: Answer): string =>
    (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).join('')
  const ask = async (query: string, type = 'Observation'): Promise<Answer> => {
    const answer = await server.get(`${type}?${query}`, 'TA')
    expect(answer.status, query).toBe(200)
    return answer
  }
  const walk = async (query: string): Promise<string> => {
    let idsSoFar = ''
    let next: string | undefined = `Observation?${query}`
    while (next !== undefined) {
      const answer: Answer = await server.get(next, 'TA')
      idsSoFar += ids(answer)
      next = answer.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
    }
    return idsSoFar
  }

  describe('_sort', () => {
    test.each([
      ['date', 'ebadc'],
      ['-date', 'cdabe'],
      ['_lastUpdated', 'dcbae'],
      ['-_lastUpdated', 'eabcd'],
      ['_id', 'abcde'],
      ['-_id', 'edcba'],
    ])('by %s', async (sort, order) => {
      expect(ids(await ask(`_sort=${sort}`))).toBe(order)
      for (const count of [1, 2, 3]) expect(await walk(`_sort=${sort}&_count=${count}`)).toBe(order)
    })

    test.each(['date,_id', 'code', '_score', '--date', '-', '_id;drop', '+date'])(
      'by %s is refused by its name',
      async (sort) => {
        const { status, json } = await server.get(`Observation?_sort=${encodeURIComponent(sort)}`, 'TA')
        expect(status).toBe(400)
        expect(json.issue[0].diagnostics).toContain('_sort')
      },
    )

    test('of the log is always its own order', async () => {
      const times = async (sort: string) =>
        (await server.get(`AuditEvent?_sort=${sort}&_count=200`, 'TA')).json.entry.map(
          ({ resource }: { resource: { id: string } }) => resource.id,
        )
      const forward = await times('_lastUpdated')
      expect((await times('-date')).toReversed().slice(0, forward.length)).toEqual(forward)
      expect((await server.get('AuditEvent?_sort=_id', 'TA')).status).toBe(400)
    })
  })

  test('_lastUpdated finds by the time of storing, and counts only the matches', async () => {
    const moment = (hour: number) => new Date(START + hour * HOUR).toISOString()
    for (const [query, result] of [
      [`_lastUpdated=${moment(3)}`, 'ae'],
      [`_lastUpdated=gt${moment(1)}`, 'aeb'],
      [`_lastUpdated=ge${moment(1)}&_lastUpdated=lt${moment(3)}`, 'cb'],
      [`_lastUpdated=lt${moment(1)},gt${moment(2)}`, 'aed'],
      ['_lastUpdated=2026-01-01', 'caebd'],
      ['_lastUpdated=2025', ''],
    ]) {
      const answer = await ask(query ?? '')
      expect(ids(answer), query).toBe(result)
      expect((await ask(`${query}&_summary=count`)).json.total).toBe(result?.length)
    }
    expect((await server.get('Observation?_lastUpdated=yesterday', 'TA')).status).toBe(400)
    expect((await server.get('Observation?_lastUpdated:exact=2026', 'TA')).status).toBe(400)
  })

  test('_lastUpdated of the log is the time when an entry was written', async () => {
    const total = async (query: string) => (await server.get(`AuditEvent?${query}`, 'TA')).json.total
    expect(await total('_lastUpdated=2026-01-01')).toBeGreaterThan(0)
    expect(await total('_lastUpdated=gt2026-01-01')).toBe(0)
  })

  test('HEAD is GET without a body', async () => {
    for (const path of ['Observation?_count=2', 'Patient/pa', 'Patient/pa/$everything', 'Patient?x=y']) {
      const get = await server.get(path, 'TA')
      const head = await server.get(path, 'TA', { method: 'HEAD' })
      expect(head.status).toBe(get.status)
      expect(head.text).toBe('')
      expect(head.headers.etag).toBe(get.headers.etag)
      expect((await server.entries()).map(({ outcome }) => outcome)).toEqual(
        get.status === 200 ? ['0', '0'] : ['4', '4'],
      )
    }
  })

  describe('_total', () => {
    test('is counted unless the request declines it', async () => {
      for (const query of ['_count=2', '_count=2&_total=accurate', '_count=2&_total=estimate', '_count=200'])
        expect((await ask(query)).json.total).toBe(5)
      for (const query of ['_count=2&_total=none', '_count=200&_total=none'])
        expect(await ask(query)).not.toHaveProperty('json.total')
      expect((await server.get('Observation?_total=some', 'TA')).status).toBe(400)
    })

    test("keeps the first page's value on later pages", async () => {
      const first = await ask('_count=2')
      const page = first.json.link[1].url
      expect((await server.get(page, 'TA')).json.total).toBe(5)
      const uncounted = await ask('_count=2&_total=none')
      expect((await server.get(uncounted.json.link[1].url, 'TA')).json).not.toHaveProperty('total')
    })
  })

  test('_summary=count returns the total only, whatever else is requested', async () => {
    for (const query of [
      '_summary=count',
      '_summary=count&_count=2',
      '_count=0',
      '_summary=count&_total=none',
    ]) {
      const { json } = await ask(query)
      expect(json.total).toBe(5)
      expect(json.entry).toBeUndefined()
      expect(json.link).toHaveLength(1)
    }
    expect((await ask('_summary=false')).json.entry).toHaveLength(5)
    for (const summary of ['true', 'text', 'data'])
      expect((await server.get(`Observation?_summary=${summary}`, 'TA')).status).toBe(400)
  })

  describe('_elements', () => {
    test('keeps what was requested and what is mandatory, and marks it as a subset', async () => {
      const { json, text } = await ask('_id=c&_elements=value,subject')
      const [{ resource }] = json.entry
      expect(Object.keys(resource).sort()).toEqual(
        ['code', 'id', 'meta', 'resourceType', 'status', 'subject', 'valueQuantity'].sort(),
      )
      expect(resource.meta).toMatchObject({ versionId: '1', tag: [{ code: 'own' }, { code: 'SUBSETTED' }] })
      expect(text).toContain('"value":94.50,')
      expect(json.link[0].url).toBe(`${BASE}/Observation?_id=c&_elements=value%2Csubject`)
      expect((await ask('_id=c')).text).not.toContain('SUBSETTED')
    })

    test('returns only the requested ones of a type that has no mandatory elements', async () => {
      const { json } = await ask('_elements=birthDate', 'Patient')
      expect(json.entry[0].resource).toMatchObject({ id: 'pa', birthDate: '1980-01-15' })
      expect(json.entry[0].resource).not.toHaveProperty('active')
    })

    test.each(['id");', 'name.given', '__proto__', ',', 'a,,b', `${'a,'.repeat(60)}a`])(
      '%s is refused',
      async (elements) => {
        const path = `Observation?_elements=${encodeURIComponent(elements)}`
        expect((await server.get(path, 'TA')).status).toBe(400)
      },
    )
  })

  test('no parameter may occur twice, and an unknown one is refused by its name', async () => {
    for (const query of [
      '_sort=date&_sort=-date',
      '_total=none&_total=none',
      '_elements=id&_elements=code',
    ]) {
      const { status, json } = await server.get(`Observation?${query}`, 'TA')
      expect(status).toBe(400)
      expect(json.issue[0].diagnostics).toContain(query.split('=')[0])
    }
    for (const name of [
      '_contained',
      '_text',
      '_content',
      '_list',
      '_query',
      '_type',
      'shoe-size',
      '_has:Observation:patient:code',
    ]) {
      const { status, json } = await server.get(`Observation?${name}=x`, 'TA')
      expect(status).toBe(400)
      expect(json.issue).toEqual([
        expect.objectContaining({ code: 'not-supported', diagnostics: expect.stringContaining(name) }),
      ])
    }
    expect((await server.get('Patient/pa?_elements=id', 'TA')).status).toBe(400)
    expect((await server.get('Patient/pa?_format=json&_pretty=true', 'TA')).status).toBe(200)
  })
})

describe.each(engines)('a search with very many matches, on %s', (engine) => {
  const MANY = 10_001
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded([{ resourceType: 'Patient', id: 'pa' }], engine)
    await server.store.write(async (trx) => {
      for (let at = 0; at < MANY; at += 1_000) {
        const rows = Array.from({ length: Math.min(1_000, MANY - at) }, (_, index) => ({
          type: 'Observation',
          id: `o${String(at + index).padStart(5, '0')}`,
          version: 1,
          last_updated: START,
          sort_date: -(at + index),
          json: JSON.stringify({
            resourceType: 'Observation',
            id: `o${String(at + index).padStart(5, '0')}`,
          }),
        }))
        const storedRows = await trx.insertInto('resource').values(rows).returning(['key', 'id']).execute()
        const token = (key: number, param: string, code: string) => ({
          ...{ key, type: 'Observation', param, system: '' },
          code,
        })
        const tokens = storedRows.flatMap(({ key, id }) => [
          token(key, 'category', 'common'),
          token(key, 'category', 'also-common'),
          ...(id.endsWith('000') ? [token(key, 'code', 'rare')] : []),
        ])
        await trx.insertInto('index_token').values(tokens).execute()
        const five = { param: 'value-quantity', low: 5, high: 5, system: '', code: '', unit: '' }
        await trx
          .insertInto('index_quantity')
          .values(storedRows.map(({ key }) => ({ key, type: 'Observation', ...five })))
          .execute()
        const days = storedRows.map(({ key, id }) => {
          const low = Date.parse(id.endsWith('000') ? '2024-05-01T09:00:00Z' : '2024-06-01T09:00:00Z')
          const high = low + 1_000
          const dates = { low, high, written_low: low, written_high: high }
          return { key, type: 'Observation', param: 'date', ...dates }
        })
        await trx.insertInto('index_date').values(days).execute()
      }
    })
  })
  afterAll(() => server.close())

  const ask = async (query: string) => {
    const { status, json } = await server.get(`Observation?${query}`, 'TC')
    expect(status).toBe(200)
    const ids = (json.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id)
    return { ids, total: json.total }
  }

  test('has a total if requested, and none if very many would have to be counted first', async () => {
    for (const filter of ['', 'category=common&', 'category=common,also-common&']) {
      expect((await ask(`${filter}_count=1`)).total).toBeUndefined()
      expect((await ask(`${filter}_count=1&_total=accurate`)).total).toBe(MANY)
      expect((await ask(`${filter}_summary=count`)).total).toBe(MANY)
    }
  })

  test('finds the same whether it starts from a filter or scans the type', async () => {
    expect((await ask('category=common&_count=2')).ids).toEqual(['o00000', 'o00001'])
    expect((await ask('category=common&_count=2&_sort=date')).ids).toEqual(['o10000', 'o09999'])
    expect((await ask('category=common&_count=2&_sort=-_id')).ids).toEqual(['o10000', 'o09999'])
    const thousands = Array.from({ length: 11 }, (_, index) => `o${String(index * 1_000).padStart(5, '0')}`)
    for (const query of [
      'code=rare',
      'category=common&code=rare',
      'code=rare&category=common',
      'category=common&category=also-common&code=rare',
      'value-quantity=5&date=2024-05-01',
      'date=2024-05-01&value-quantity=5',
      'value-quantity=5&date=2024&code=rare',
    ])
      expect(await ask(query), query).toEqual({ ids: thousands, total: 11 })
    expect(await ask('category=common&code=none')).toEqual({ ids: [], total: 0 })
    expect((await ask('category=none,common&_lastUpdated=ge2026&_count=1')).ids).toEqual(['o00000'])
    expect(await ask('category=common&_lastUpdated=gt2026')).toEqual({ ids: [], total: 0 })
  })

  test('pages through all of them', async () => {
    const seenIds = new Set<string>()
    let next: string | undefined = 'Observation?category=common&_count=200&_sort=-date'
    while (next !== undefined) {
      const { json }: Answer = await server.get(next, 'TC')
      for (const { resource } of json.entry) seenIds.add(resource.id)
      next = json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
    }
    expect(seenIds.size).toBe(MANY)
  })
})
