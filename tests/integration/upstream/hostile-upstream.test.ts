import type { Resource } from '@medplum/fhirtypes'
import { describe, expect, test } from 'vitest'
import { startMedplum } from '../../fakes/medplum-upstream.ts'
import { CANARY_B, observation } from '../../fixtures/canary.ts'
import { crossLinkedRecords } from '../fhir/cross-linked-records.ts'
import { startGateway } from './gateway.ts'
import { add, idsIn, OWN, records, useTwistedUpstream } from './twisted-upstream.ts'

const front = useTwistedUpstream()

const others = (count: number): Resource[] =>
  Array.from({ length: count }, (_, at) => observation(`b-sent-${at}`, 'pb') as unknown as Resource)

/** Makes the server answer a search as if it did not know how to confine it. */
const ignore =
  (...names: string[]) =>
  (_type: string, parameters: URLSearchParams) => {
    for (const name of names) parameters.delete(name)
  }

describe('checklist G3 rows of other patients (G02)', () => {
  test('a server that ignores patient= ends in 502, and the operator is told without an id', async () => {
    const all = await startMedplum([...records, ...others(200)])
    const open = await startGateway(all.base)
    all.twist = { ask: ignore('patient', 'subject', 'performer') }
    const answer = await open.get('Observation?_count=200', 'TA')
    expect(answer.status).toBe(502)
    expect(answer.text).not.toContain(CANARY_B)
    expect(open.reports.join()).toMatch(/resources of others.*"type":"Observation","rows":\d+/)
    expect(open.reports.join()).not.toMatch(/\bpa\b|b-sent|CANARY/)
    await open.close()
    await all.close()
  })

  test('a few are left out, not counted, and reported', async () => {
    front.upstream.twist = { answer: (bundle) => bundle.total === OWN && add(bundle, others(3)) }
    const answer = await front.gateway.get('Observation?_count=200', 'TA')
    expect(answer.status).toBe(200)
    expect(answer.json.total).toBe(OWN)
    expect(answer.text).not.toContain(CANARY_B)
    expect(front.gateway.reports.join()).toContain('resources of others')
  })

  test('resources that a server includes without being asked do not count as results, not even those of the same patient', async () => {
    const extra = { ...observation('a-not-stored', 'pa'), resourceType: 'Observation' } as unknown as Resource
    front.upstream.twist = {
      answer: (bundle) =>
        add(bundle, [...others(40), extra, { resourceType: 'Patient', id: 'pb' }], 'include'),
    }
    const answer = await front.gateway.get('Observation?_count=200', 'TA')
    expect(front.gateway.reports).toEqual([])
    expect(idsIn(answer)).toHaveLength(OWN)
    expect(idsIn(answer)).not.toContain('a-not-stored')
    expect(answer.text).not.toContain(CANARY_B)
  })

  test('J36 rows that a server marks as included although they are what was searched for count', async () => {
    front.upstream.twist = {
      answer: (bundle) => {
        for (const entry of bundle.entry ?? []) entry.search = { mode: 'include' }
      },
    }
    const answer = await front.gateway.get('Observation?_count=200', 'TA')
    expect([answer.status, idsIn(answer).length]).toEqual([200, OWN])
  })

  test('a row that is sent twice counts once', async () => {
    front.upstream.twist = { answer: (bundle) => bundle.entry?.push(...bundle.entry) }
    const answer = await front.gateway.get('Observation?_count=200', 'TA')
    expect(idsIn(answer)).toHaveLength(OWN)
    expect(answer.json.total).toBe(OWN)
  })

  test('a resource that contains one of another patient is neither read nor found', async () => {
    const mixed = { ...observation('a-mixed', 'pa'), contained: [{ ...observation('x', 'pb') }] }
    const server = await startMedplum([...crossLinkedRecords, mixed])
    const open = await startGateway(server.base)
    expect((await open.get('Observation/a-mixed', 'TA')).status).toBe(404)
    expect((await open.get('Observation', 'TA')).text).not.toContain(CANARY_B)
    await open.close()
    await server.close()
  })

  test('included and referring resources are those within reach', async () => {
    const answer = await front.gateway.get('DiagnosticReport?_include=DiagnosticReport:result', 'TA')
    expect(idsIn(answer)).toEqual(['a-dr1'])
    const back = await front.gateway.get('Patient?_revinclude=Observation:subject&_count=5', 'TA')
    expect(idsIn(back).filter((id) => id.startsWith('b-'))).toEqual([])
    expect(idsIn(back)).toHaveLength(1 + OWN)
  })
})

test('checklist G3 a limited scope is decided here, whatever upstream finds (G12)', async () => {
  front.upstream.twist = { ask: ignore('category') }
  const { json } = await front.gateway.get('Observation?_count=200', 'TAlab')
  expect(json.total).toBe(0)
  expect((await front.gateway.get('Observation/a-obs1', 'TAlab')).status).toBe(404)
  expect((await front.gateway.get('Observation?_id=a-obs1,b-obs1', 'TAlabOrMarch')).json.total).toBe(1)
})

test('checklist G4 no part of the record is in the database or the logs (G13)', async () => {
  for (const path of [
    'Observation?_count=200',
    'Patient/pa',
    'Patient/pa/$everything',
    'Patient?name=zzcanarya',
  ])
    for (const as of ['TA', 'TC'] as const) await front.gateway.get(path, as)
  const { db } = front.gateway.store
  const tables = await db.introspection.getTables()
  for (const { name } of tables) {
    const rows = await db
      .selectFrom(name as 'resource')
      .selectAll()
      .execute()
    expect(JSON.stringify(rows), name).not.toMatch(/29463|effectiveDateTime|1980-01-15/)
  }
  expect(await db.selectFrom('resource').selectAll().execute()).toEqual([])
  expect(front.gateway.reports.join()).not.toMatch(/CANARY|29463/)
})
