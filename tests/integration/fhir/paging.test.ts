import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  BASE,
  type GuardedServer,
  nextOf,
  requireNext,
  START,
  startGuarded,
} from './guarded-server.ts'

const observations = Array.from({ length: 25 }, (_, index) => ({
  resourceType: 'Observation',
  id: `o${index}`,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  subject: { reference: 'Patient/pa' },
  // Every third resource has no date, and several share a day, so that only the key determines their order.
  ...(index % 3 > 0 && { effectiveDateTime: `2025-01-0${1 + (index % 4)}` }),
}))

let server: GuardedServer
beforeAll(async () => {
  server = await startGuarded([
    { resourceType: 'Patient', id: 'pa' },
    { resourceType: 'Patient', id: 'pb' },
    ...observations,
    { resourceType: 'Observation', id: 'b-obs', subject: { reference: 'Patient/pb' } },
  ])
})
afterAll(() => server.close())
beforeEach(() => {
  server.now = START
})

const walk = async (path: string, token: 'TA' | 'TC'): Promise<string[]> => {
  const ids: string[] = []
  let next: string | undefined = path
  while (next !== undefined) {
    const answer: Answer = await server.get(next, token)
    // Without a request for it, a clinician's total gives entries only to patients on the page.
    expect(answer.json.total).toBe(token === 'TA' ? 25 : path.includes('_total') ? 26 : undefined)
    ids.push(...answer.json.entry.map(({ resource }: { resource: { id: string } }) => resource.id))
    next = nextOf(answer)
  }
  return ids
}

describe('following next links', () => {
  test.each(['', '&_sort=date', '&_sort=-date'])('shows every resource once, in order (%s)', async (sort) => {
    const paged = await walk(`Observation?_count=4${sort}`, 'TA')
    const whole = await walk(`Observation?_count=200${sort}`, 'TA')
    expect(paged).toEqual(whole)
    expect(new Set(paged).size).toBe(25)
    for (const total of ['', '&_total=accurate'])
      expect(await walk(`Observation?_count=7${sort}${total}`, 'TC')).toHaveLength(26)
  })

  test('sorts by date, resources without one at the early end', async () => {
    const dates = async (sort: string) => {
      const { json } = await server.get(`Observation?_count=200&_sort=${sort}`, 'TA')
      return json.entry.map(
        (entry: { resource: { effectiveDateTime?: string } }) => entry.resource.effectiveDateTime ?? '',
      )
    }
    const ascending = await dates('date')
    expect(ascending).toEqual(ascending.toSorted())
    expect(await dates('-date')).toEqual(ascending.toReversed())
  })

  test('is stable while more is recorded', async () => {
    const first = await server.get('AuditEvent?_count=3', 'TADM')
    const second = await server.get(requireNext(first), 'TADM')
    const entries = [...first.json.entry, ...second.json.entry].map(
      ({ fullUrl }: { fullUrl: string }) => fullUrl,
    )
    expect(new Set(entries).size).toBe(6)
  })
})

describe('_count', () => {
  test('is capped, and the self link says so', async () => {
    const { json } = await server.get('Observation?_count=1000000', 'TA')
    expect(json.link).toEqual([{ relation: 'self', url: `${BASE}/Observation?_count=200` }])
  })

  test('of 0 returns only the total', async () => {
    const { json } = await server.get('Observation?_count=0', 'TA')
    expect(json).toMatchObject({ total: 25 })
    expect(json.entry).toBeUndefined()
    expect(nextOf({ json } as Answer)).toBeUndefined()
  })

  test('is 20 by default', async () => {
    expect((await server.get('Observation', 'TA')).json.entry).toHaveLength(20)
  })
})

describe('a page link', () => {
  test('contains nothing in clear', async () => {
    const next = requireNext(await server.get('Observation?patient=pa&_count=2', 'TA'))
    expect(next).toMatch(/^http:\/\/localhost:3999\/fhir\/Observation\?_page=[A-Za-z0-9_-]+$/)
  })

  test('has the same length whatever is stored before the place that it leads to', async () => {
    const lengths = new Set<number>()
    // Across keys with one digit and with two.
    for (let page = 0, next = 'Observation?_count=1'; page < 12; page++) {
      next = requireNext(await server.get(next, 'TA'))
      lengths.add(next.length)
    }
    expect(lengths.size).toBe(1)
  })

  test('is useless to somebody else', async () => {
    const next = requireNext(await server.get('Observation?_count=2', 'TC'))
    expect((await server.get(next, 'TA')).status).toBe(403)
    expect((await server.get(next, 'TADM')).status).toBe(403)
    expect((await server.get(next)).status).toBe(401)
    expect((await server.get(next, 'TC')).status).toBe(200)
  })

  test('is refused when any single character of it is changed', async () => {
    const next = requireNext(await server.get('Observation?_count=2', 'TA'))
    const start = next.indexOf('_page=') + '_page='.length
    for (let at = start; at < next.length; at += 7) {
      const other = next.charAt(at) === 'A' ? 'B' : 'A'
      const forged = next.slice(0, at) + other + next.slice(at + 1)
      expect((await server.get(forged, 'TA')).status).toBe(400)
    }
    expect((await server.get(next.slice(0, -1), 'TA')).status).toBe(400)
  })

  test('takes no further parameters, and belongs to its type', async () => {
    const next = requireNext(await server.get('Observation?_count=2', 'TA'))
    expect((await server.get(`${next}&patient=pb`, 'TA')).status).toBe(400)
    const followed = await server.get(`${next}&_format=json&_count=20`, 'TA')
    expect(followed.status).toBe(200)
    expect(followed.json.entry).toHaveLength(2)
    expect((await server.get(next.replace('Observation', 'Patient'), 'TA')).status).toBe(400)
  })

  test('ends with the token', async () => {
    const next = requireNext(await server.get('Observation?_count=2', 'TA'))
    server.now = START + 3_600_000
    expect((await server.get(next, 'TA')).status).toBe(401)
  })
})
