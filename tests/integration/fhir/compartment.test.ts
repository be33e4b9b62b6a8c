import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { crossLinkedRecords } from './cross-linked-records.ts'
import { type Answer, BASE, type GuardedServer, startGuarded, type TokenName } from './guarded-server.ts'

let server: GuardedServer
beforeAll(async () => {
  server = await startGuarded(crossLinkedRecords)
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.entries()
})

const ids = ({ json }: Answer): string[] =>
  (json.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id)

/** Requires that nothing of patient pb is shown, and that the log has one entry. */
const asAnna = async (path: string, token: TokenName = 'TA', options = {}): Promise<Answer> => {
  const answer = await server.get(path, token, options)
  const everything = JSON.stringify(answer.headers) + answer.text
  expect(everything).not.toContain('ZZCANARYB')
  for (const id of ids({ ...answer, json: answer.json ?? {} })) expect(id).not.toMatch(/^b-/)
  expect(await server.entries()).toHaveLength(1)
  return answer
}

describe('a patient reads by id', () => {
  test('their own resources', async () => {
    expect((await asAnna('Patient/pa')).json.id).toBe('pa')
    expect((await asAnna('Observation/a-obs1')).json.subject.reference).toBe('Patient/pa')
    expect((await asAnna('Condition/a-con')).status).toBe(200)
  })

  test.each([
    'Patient/pb',
    'Observation/b-obs1',
    'Observation/b-obs-focus',
    'Coverage/b-cov',
    'Group/b-g1',
    'Device/b-dev',
  ])('%s exactly as if it did not exist', async (path) => {
    const [type] = path.split('/')
    const foreign = await asAnna(path)
    const missing = await asAnna(`${type}/no-such-id`)
    expect(foreign.status).toBe(404)
    expect(foreign.text).toBe(missing.text)
    expect({ ...foreign.headers, date: '' }).toEqual({ ...missing.headers, date: '' })
    const head = await asAnna(path, 'TA', { method: 'HEAD' })
    const missingHead = await asAnna(`${type}/no-such-id`, 'TA', { method: 'HEAD' })
    expect(head.status).toBe(404)
    expect(head.headers['content-length']).toBe(missingHead.headers['content-length'])
  })

  test.each([
    ['Observation/b-obs1/_history', 400],
    ['Observation/b-obs1/_history/1', 400],
    ['Patient/pb/Observation', 400],
    ['Patient/pb/$everything', 404],
  ])('nothing at %s', async (path, status) => {
    const answer = await asAnna(path)
    expect(answer.status).toBe(status)
    expect((await asAnna(path.replace(/b-obs1|pb/, 'no-such-id'))).text).toBe(answer.text)
  })

  test("no 304 for another's resource, but one for their own", async () => {
    const headers = { 'if-none-match': 'W/"1"' }
    expect((await asAnna('Observation/b-obs1', 'TA', { headers })).status).toBe(404)
    const answer = await asAnna('Observation/a-obs1', 'TA', { headers })
    expect(answer.status).toBe(304)
    expect(answer.text).toBe('')
  })

  test('resources that are not about anybody in particular', async () => {
    expect((await asAnna('Organization/org')).status).toBe(200)
    expect((await asAnna('Organization/org', 'TAobs')).status).toBe(403)
  })
})

describe('a patient searches', () => {
  test.each([
    'patient=pb',
    'subject=Patient/pb',
    `subject=${BASE}/Patient/pb`,
    'subject:Patient=pb',
    '_id=b-obs-focus',
    '_id=b-obs1',
  ])('Observation?%s and finds nothing', async (query) => {
    const answer = await asAnna(`Observation?${query}`)
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 0 })
    expect(answer.json.entry).toBeUndefined()
  })

  test.each(['', '?patient=pa,pb', '?patient=pa', `?subject=${BASE}/Patient/pa`, '?category=vital-signs'])(
    'Observation%s and finds only their own, also in the total',
    async (query) => {
      const answer = await asAnna(`Observation${query}`)
      expect(ids(answer).sort()).toEqual(['a-obs-dev', 'a-obs1', 'a-obs2'])
      expect(answer.json.total).toBe(3)
    },
  )

  test('patients and finds only themselves', async () => {
    expect(ids(await asAnna('Patient'))).toEqual(['pa'])
    expect(ids(await asAnna('Patient?family=ZZ'))).toEqual(['pa'])
    expect(ids(await asAnna('Patient', 'TAuser'))).toEqual(['pa'])
  })

  test('by a posted form that is filtered like the address, and together with it', async () => {
    const post = (path: string, payload: string) =>
      asAnna(path, 'TA', {
        method: 'POST',
        payload,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
    expect(ids(await post('Observation/_search', 'patient=pb'))).toEqual([])
    expect(ids(await post('Observation/_search?patient=pa', 'patient=pb'))).toEqual([])
    expect(ids(await post('Observation/_search?patient=pa', '_id=a-obs1'))).toEqual(['a-obs1'])
    expect((await post('Observation/_search', 'access_token=x')).status).toBe(400)
  })

  test('a reference to another server finds nothing, whatever it begins with', async () => {
    for (const url of [`${BASE}.evil/Patient/pa`, `http://evil.test/fhir/Patient/pa`, `${BASE}/x/Patient/pa`])
      expect(ids(await asAnna(`Observation?subject=${encodeURIComponent(url)}`))).toEqual([])
  })
})

describe('a scope', () => {
  test('for observations opens nothing else', async () => {
    expect((await asAnna('Patient/pa', 'TAobs')).status).toBe(403)
    expect((await asAnna('Patient/pb', 'TAobs')).status).toBe(403)
    expect((await asAnna('Condition?patient=pa', 'TAobs')).status).toBe(403)
    expect(ids(await asAnna('Observation?_id=a-obs1&_include=Observation:subject', 'TAobs'))).toEqual([
      'a-obs1',
    ])
    expect((await asAnna('Observation?subject:Patient.name=ZZCANARYB', 'TAobs')).status).toBe(400)
  })

  test('for a patient that was never chosen reaches nothing', async () => {
    for (const path of ['Patient', 'Patient/pa', 'Observation', 'Organization/org', 'AuditEvent'])
      expect((await asAnna(path, 'TAnone')).status).toBe(403)
  })

  test('that only reads cannot search', async () => {
    expect((await asAnna('Observation/a-obs1', 'TAread')).status).toBe(200)
    expect((await asAnna('Observation', 'TAread')).status).toBe(403)
  })

  test('is checked before an unsupported search is refused', async () => {
    expect((await asAnna('Condition?code:in=x', 'TA')).json.issue[0].code).toBe('not-supported')
    expect((await asAnna('Condition?code:in=x', 'TAobs')).json.issue[0].code).toBe('forbidden')
  })
})

test('the same question by two patients, one after the other, is answered to each about their own record', async () => {
  const questions = [
    'Observation',
    'Observation?code=29463-7&_sort=-date&_count=1',
    'Observation?_id=a-obs1,b-obs1',
    'Observation?_lastUpdated=ge2020&_summary=count',
    'Patient?name:contains=zzcanary&_revinclude=Observation:patient',
    'Observation/a-obs1',
    'Observation/b-obs1',
    'Patient/pa/$everything',
    'Patient/pb/$everything',
  ]
  const textOf = async (token: TokenName) => {
    const answers = []
    for (const question of questions) {
      const { status, text, json } = await server.get(question, token)
      answers.push({ status, total: json.total, of: [...new Set(text.match(/ZZCANARY[AB]/g))] })
    }
    return answers
  }
  const first = await textOf('TCpa')
  const second = await textOf('TCpb')
  expect(first.flatMap(({ of }) => of)).not.toContain('ZZCANARYB')
  expect(second.flatMap(({ of }) => of)).not.toContain('ZZCANARYA')
  expect(first.map(({ total }) => total)).toEqual([3, 3, 1, 3, 1, ...Array(4).fill(undefined)])
  expect(second.map(({ total }) => total)).toEqual([2, 2, 1, 2, 1, ...Array(4).fill(undefined)])
  expect(await textOf('TCpa')).toEqual(first)
})

describe('a clinician', () => {
  test('finds every patient, and each of them sees it in their log', async () => {
    expect(ids(await server.get('Patient', 'TC'))).toEqual(['pa', 'pb'])
    expect((await server.entries()).map(({ patient }) => patient)).toEqual(['pa', 'pb'])
    await server.get('Observation/b-obs1', 'TC')
    expect(await server.entries()).toMatchObject([{ patient: 'pb', agent: 'Practitioner/pr1', outcome: '0' }])
    await server.get('Observation?patient=pb&code=none', 'TC')
    expect(await server.entries()).toMatchObject([{ patient: 'pb', subtype: 'search' }])
  })

  test('does not read the access log', async () => {
    expect((await server.get('AuditEvent', 'TC')).status).toBe(403)
  })
})

describe('the access log', () => {
  test('is read whole by an administrator, who reads nothing clinical', async () => {
    const answer = await server.get('AuditEvent?_sort=-date&_count=5', 'TADM')
    expect(answer.json.entry).toHaveLength(5)
    expect(answer.json.entry[0].resource.resourceType).toBe('AuditEvent')
    for (const path of ['Patient', 'Patient/pa', 'Observation', 'Organization/org'])
      expect((await server.get(path, 'TADM')).status).toBe(403)
  })

  test('is read by a patient as far as it concerns them', async () => {
    const answer = await server.get('AuditEvent?_count=200', 'TA')
    expect(answer.json.total).toBeGreaterThan(5)
    for (const { resource } of answer.json.entry)
      expect(JSON.stringify(resource.entity)).toContain('"Patient/pa"')
    const { json } = await server.get('AuditEvent?patient=pb&_sort=-date', 'TADM')
    expect((await server.get(`AuditEvent/${json.entry[0].resource.id}`, 'TA')).status).toBe(404)
    expect((await server.get('AuditEvent?patient=pb', 'TA')).json.total).toBe(0)
  })

  test('is searched by agent, kind, outcome and date', async () => {
    const total = async (query: string) => (await server.get(`AuditEvent?${query}`, 'TADM')).json.total
    await server.get('Observation/b-obs1', 'TC')
    expect(await total('agent=Practitioner/pr1&subtype=read&outcome=0')).toBeGreaterThan(0)
    expect(await total('agent=Practitioner/pr1&subtype=sign-in')).toBe(0)
    expect(await total('type=rest')).toBeGreaterThan(0)
    expect(await total('type=http://dicom.nema.org/resources/ontology/DCM|rest')).toBe(0)
    expect(await total('date=2026-01-01')).toBeGreaterThan(0)
    expect(await total('date=gt2026-01-01')).toBe(0)
  })
})
