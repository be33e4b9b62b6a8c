import { describe, expect, test } from 'vitest'
import type { Answer } from '../../integration/fhir/guarded-server.ts'
import { idsIn, many, OWN, useTwistedUpstream } from '../../integration/upstream/twisted-upstream.ts'

const front = useTwistedUpstream()

describe('totals and pages (G03, G09)', () => {
  test("upstream's total is never shown", async () => {
    let total = 4711
    front.upstream.twist = {
      answer: (bundle) => {
        bundle.total = total
      },
    }
    for (const search of [
      'Observation?_count=5',
      'Observation?_total=accurate',
      'Observation?_summary=count',
    ])
      expect((await front.gateway.get(search, 'TA')).text).not.toContain('4711')
    // Fewer than it gives.
    total = 0
    expect((await front.gateway.get('Observation?_summary=count', 'TA')).json.total).toBe(OWN)
  })

  test('pages go to the end, each row once and in order, and their links show nothing of upstream', async () => {
    const ids: string[] = []
    let next: string | undefined = 'Observation?_sort=-date&_count=7'
    while (next !== undefined) {
      const answer: Answer = await front.gateway.get(next, 'TA')
      ids.push(...idsIn(answer))
      next = answer.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
      expect(answer.text).not.toContain('getpages')
      expect(answer.text).not.toContain(front.upstream.base)
    }
    expect(ids).toHaveLength(OWN)
    expect(new Set(ids).size).toBe(OWN)
    const order = many.map(({ id }) => id).toReversed()
    expect(ids.filter((id) => id.startsWith('a-many'))).toEqual(order)
  })

  test('a page link works only for the person who got it', async () => {
    const { json } = await front.gateway.get('Observation?_count=2', 'TA')
    const { url } = json.link.find(({ relation }: { relation: string }) => relation === 'next')
    expect((await front.gateway.get(url, 'TCpb')).status).toBe(403)
    expect((await front.gateway.get(url, 'TAobs')).status).toBe(403)
    expect((await front.gateway.get(url, 'TA')).status).toBe(200)
  })

  test('a server whose pages go in a circle ends in 502', async () => {
    front.upstream.twist = {
      answer: (bundle) => {
        bundle.entry = []
        bundle.link = [{ relation: 'next', url: `${front.upstream.base}?_getpages=circle` }]
      },
    }
    expect((await front.gateway.get('Observation', 'TA')).status).toBe(502)
  })

  test('a server with endless empty pages costs ten requests, and the answer links to the rest', async () => {
    let page = 0
    front.upstream.twist = {
      answer: (bundle) => {
        bundle.entry = []
        bundle.link = [{ relation: 'next', url: `${front.upstream.base}/Observation?page=${page++}` }]
      },
    }
    const answer = await front.gateway.get('Observation', 'TA')
    expect(answer.status).toBe(200)
    expect(front.upstream.requests()).toHaveLength(10)
    expect(answer.json.link.map(({ relation }: { relation: string }) => relation)).toContain('next')
  })
})

test('a slow server is asked for further pages for three seconds (G10)', async () => {
  let page = 0
  front.upstream.twist = {
    answer: async (bundle) => {
      await new Promise((resolve) => setTimeout(resolve, 900))
      bundle.entry = []
      bundle.link = [{ relation: 'next', url: `${front.upstream.base}/Observation?page=${page++}` }]
    },
  }
  const answer = await front.gateway.get('Observation', 'TA')
  expect(answer.status).toBe(200)
  expect(front.upstream.requests().length).toBeLessThan(6)
})
