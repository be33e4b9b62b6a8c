import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { putResource } from '../../fixtures/put-resource.ts'
import { engines } from '../../fixtures/store.ts'
import { crossLinkedRecords } from './cross-linked-records.ts'
import { type GuardedServer, START, startGuarded, type TokenName } from './guarded-server.ts'

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const laboratory = (id: string, patient: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  category: [{ coding: [{ system: CATEGORY, code: 'laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2025-06-01',
})

describe.each(engines)('on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded(
      [
        ...crossLinkedRecords,
        laboratory('a-lab', 'pa'),
        { ...laboratory('a-lab-amended', 'pa'), status: 'amended' },
        laboratory('b-lab', 'pb'),
      ],
      engine,
    )
    await server.store.write(async (trx) => {
      await putResource(trx, { ...laboratory('a-plain', 'pa'), category: [] }, START)
    })
  })
  afterAll(() => server.close())

  const find = async (token: TokenName, query = '') => {
    const { status, json } = await server.get(`Observation${query}`, token)
    expect(status).toBe(200)
    const ids: string[] = (json.entry ?? []).map((each: { resource: { id: string } }) => each.resource.id)
    expect(json.total).toBe(ids.length)
    return ids.sort()
  }
  const status = async (token: TokenName, path: string) => (await server.get(path, token)).status

  describe('B25 a scope limited to laboratory results', () => {
    test('reads laboratory results by id, and no other resources', async () => {
      expect(await status('TAlab', 'Observation/a-lab')).toBe(200)
      for (const id of ['a-obs1', 'a-plain', 'b-lab', 'b-obs1', 'never-existed'])
        expect(await status('TAlab', `Observation/${id}`)).toBe(404)
    })

    test('finds only those, whatever is searched', async () => {
      expect(await find('TAlab')).toEqual(['a-lab', 'a-lab-amended'])
      expect(await find('TAlab', '?category=vital-signs')).toEqual([])
      expect(await find('TAlab', '?category=vital-signs,laboratory')).toEqual(['a-lab', 'a-lab-amended'])
      expect(await find('TAlab', '?_id=a-lab,a-obs1,b-lab')).toEqual(['a-lab'])
      expect(await find('TAlab', '?patient=pb')).toEqual([])
      expect(await find('TAlab', '?code=718-7&date=2025-06-01&status=amended')).toEqual(['a-lab-amended'])
    })

    test('counts and pages only those', async () => {
      expect((await server.get('Observation?_count=0', 'TAlab')).json.total).toBe(2)
      const first = (await server.get('Observation?_count=1&_sort=-date', 'TAlab')).json
      expect(first.total).toBe(2)
      const next = first.link.find(({ relation }: { relation: string }) => relation === 'next').url
      const second = (await server.get(next, 'TAlab')).json
      expect(second.entry).toHaveLength(1)
      expect(second.link.some(({ relation }: { relation: string }) => relation === 'next')).toBe(false)
    })

    test('reaches no other type', async () => {
      expect(await status('TAlab', 'Patient/pa')).toBe(403)
    })

    test('is widened by a second parameter or a second scope (S20)', async () => {
      expect(await find('TAlabFinal')).toEqual(['a-lab'])
      expect(await find('TAlabOrMarch')).toEqual(['a-lab', 'a-lab-amended', 'a-obs1'])
      expect(await status('TAlabOrMarch', 'Observation/a-obs1')).toBe(200)
      expect(await status('TAlabOrMarch', 'Observation/a-obs2')).toBe(404)
    })
  })

  test('a clinician’s limited scope finds those of every patient, and no others', async () => {
    expect(await find('TClab')).toEqual(['a-lab', 'a-lab-amended', 'b-lab'])
    expect(await find('TClab', '?code=29463-7')).toEqual([])
    expect(await find('TClab', '?patient=pb')).toEqual(['b-lab'])
    expect(await status('TClab', 'Observation/b-obs1')).toBe(404)
  })

  test('a scope in version 1 works like its equivalent in version 2 (S19)', async () => {
    expect(await status('TAv1', 'Observation/a-obs1')).toBe(200)
    expect(await status('TAv1', 'Observation?code=718-7')).toBe(200)
    expect(await status('TAv1', 'Patient/pa')).toBe(403)
  })

  test('a scope limited to a part of the log finds only those entries, and reads no others', async () => {
    const own = await startGuarded(crossLinkedRecords, engine)
    own.now = START - 1
    await own.get('Patient/pa', 'TA')
    own.now = START
    await own.get('Observation', 'TA')
    const idsOf = async (token: TokenName): Promise<string[]> => {
      const { json } = await own.get('AuditEvent?_count=200', token)
      return json.entry.map(({ resource }: { resource: { id: string } }) => resource.id)
    }
    const all = await idsOf('TA')
    const limited = await idsOf('TAlog2025')
    expect([limited.length, all.length]).toEqual([1, 2])
    expect((await own.get(`AuditEvent/${limited[0]}`, 'TAlog2025')).status).toBe(200)
    const other = all.find((id) => !limited.includes(id))
    expect((await own.get(`AuditEvent/${other}`, 'TAlog2025')).status).toBe(404)
    await own.close()
  })

  describe('B27 a scope whose limit is not understood', () => {
    test('counts as no scope at all, even with lenient handling', async () => {
      const headers = { prefer: 'handling=lenient' }
      for (const path of ['Observation', 'Observation/a-lab', 'Observation?category=laboratory'])
        expect((await server.get(path, 'TAunknown', { headers })).status).toBe(403)
    })
  })

  describe('an application that acts on its own behalf', () => {
    test('reads what its system scopes name, and is in the log', async () => {
      await server.entries()
      expect(await status('TS', 'Observation/b-lab')).toBe(200)
      expect(await status('TS', 'Patient/pb')).toBe(403)
      expect(await status('TS', 'AuditEvent')).toBe(403)
      const [entry] = await server.entries()
      expect(entry).toMatchObject({ patient: 'pb', outcome: '0', agent: null })
      expect(entry?.json).toContain('urn:carekey:token:')
    })

    test('can follow only its own page links', async () => {
      const { json } = await server.get('Observation?_count=1', 'TS')
      const next = json.link.find(({ relation }: { relation: string }) => relation === 'next').url
      expect(await status('TS', next)).toBe(200)
      expect(await status('TC', next)).toBe(403)
    })
  })
})
