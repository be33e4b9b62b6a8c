import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHapi } from '../../fakes/hapi-upstream.ts'
import type { UpstreamServer } from '../../fakes/upstream-server.ts'
import { observation } from '../../fixtures/canary.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { idsIn, OWN as OF_ALL, records as ofAll } from './twisted-upstream.ts'

/** Where this HAPI reads its days, it is still the day before, and two days before. */
const early = observation('a-early', 'pa', { effectiveDateTime: '2024-02-01T02:00:00Z' })
const east = observation('a-east', 'pa', { effectiveDateTime: '2024-02-01T00:30:00+14:00' })
const records = [...ofAll, early, east]
const OWN = OF_ALL + 2

/** What HAPI says and what nobody here may read: its private address, its links, the numbers of its sentences. */
const HAPIS_OWN = /hapi\.internal|_getpages|HAPI-\d/

let upstream: UpstreamServer
let gateway: Gateway
beforeAll(async () => {
  upstream = await startHapi(records, { deleted: ['Observation/a-gone'] })
  gateway = await startGateway(upstream.base)
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

const ownText = ({ text }: { text: string }) => {
  expect(text).not.toMatch(HAPIS_OWN)
  return text
}

test('G03 HAPI’s pages are followed to the end, and its totals, links and extra rows are shown to nobody', async () => {
  const ids: string[] = []
  let next: string | undefined = 'Observation?_count=10'
  let pages = 0
  for (; next !== undefined; pages++) {
    const answer = await gateway.get(next, 'TA')
    expect(answer.status).toBe(200)
    expect(answer.json.total).toBe(undefined)
    ownText(answer)
    ids.push(...idsIn(answer))
    next = answer.json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
  }
  expect(pages).toBe(Math.ceil(OWN / 10))
  expect(new Set(ids).size).toBe(OWN)
  expect(ids.filter((id) => !id.startsWith('a-'))).toEqual([])
  expect(upstream.requests().join()).toContain('GET ?_getpages=')

  const whole = await gateway.get('Observation?_count=200', 'TA')
  expect(whole.json.total).toBe(OWN)
  ownText(whole)
})

test('checklist G2 a day is found that HAPI reads in its own zone, and a full name of which it knows only the parts', async () => {
  expect(idsIn(await gateway.get('Observation?date=2024-02-01', 'TA'))).toEqual(['a-early', 'a-east'])
  const name = encodeURIComponent('anna maria zzcanarya')
  expect(idsIn(await gateway.get(`Patient?name=${name}`, 'TC'))).toEqual(['pa'])
})

test('G05 what HAPI deleted is answered like what never was, in Carekey’s own words', async () => {
  const [gone, missing] = [
    await gateway.get('Observation/a-gone', 'TA'),
    await gateway.get('Observation/a-none', 'TA'),
  ]
  expect(gone.status).toBe(404)
  expect([gone.status, ownText(gone)]).toEqual([missing.status, ownText(missing)])
})

test('G15 of what HAPI offers, only what Carekey does as well is in the CapabilityStatement', async () => {
  const answer = await gateway.get('metadata')
  const [rest] = answer.json.rest
  expect(rest.resource.map(({ type }: { type: string }) => type)).not.toContain('Subscription')
  expect(ownText(answer)).not.toMatch(/expunge|reindex|"(create|delete|vread|_content|_filter)"|"\*"/)
  expect(
    rest.resource.find(({ type }: { type: string }) => type === 'Observation').searchParam.length,
  ).toBeGreaterThan(5)
})

test('G03 a HAPI that does not know its address gives no second page, and its private one is not shown', async () => {
  const server = await startHapi(records, { knowsAddress: false })
  const open = await startGateway(server.base)
  expect((await open.get('Observation?_count=200', 'TA')).status).toBe(200)
  const answer = await open.get('Observation?_count=10', 'TA')
  expect(answer.status).toBe(502)
  ownText(answer)
  await open.close()
  await server.close()
})
