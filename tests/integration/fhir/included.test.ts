import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { putResources } from '../../../server/fhir/index/put-resource.ts'
import { canary, observation, reference } from '../../fixtures/canary.ts'
import { engines } from '../../fixtures/store.ts'
import { crossLinkedRecords } from './cross-linked-records.ts'
import { type Answer, type GuardedServer, START, startGuarded, type TokenName } from './guarded-server.ts'

const CANARY_B = 'ZZCANARYB'

const LABORATORY = [
  {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }],
  },
]

const records = [
  ...crossLinkedRecords,
  {
    resourceType: 'DiagnosticReport',
    id: 'a-dr2',
    subject: reference('Patient/pa'),
    result: [reference('Observation/a-obs1'), reference('Observation/a-obs2'), reference('Observation/none')],
  },
  {
    resourceType: 'DiagnosticReport',
    id: 'b-dr1',
    subject: reference('Patient/pb'),
    code: { text: canary('pb') },
    result: [reference('Observation/a-obs1')],
  },
  {
    resourceType: 'Coverage',
    id: 'a-cov',
    status: 'active',
    beneficiary: reference('Patient/pa'),
    subscriber: reference('Patient/pb'),
    payor: [reference('Organization/org')],
  },
  {
    resourceType: 'List',
    id: 'a-list',
    subject: reference('Patient/pa'),
    entry: [{ item: reference('Observation/b-obs1') }, { item: reference('Observation/a-obs2') }],
  },
  observation('a-member', 'pa', { category: LABORATORY, status: 'preliminary' }),
  observation('a-panel', 'pa', {
    category: LABORATORY,
    hasMember: [reference('Observation/a-obs1'), reference('Observation/a-member')],
  }),
  { resourceType: 'Practitioner', id: 'pr1', name: [{ family: 'Lee' }] },
]

describe.each(engines)('on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded(records, engine)
  })
  afterAll(() => server.close())
  beforeEach(() => server.entries())

  const modes = ({ json }: Answer, mode: string): string[] =>
    (json.entry ?? [])
      .filter(({ search }: { search: { mode: string } }) => search.mode === mode)
      .map(
        ({ resource }: { resource: { resourceType: string; id: string } }) =>
          `${resource.resourceType}/${resource.id}`,
      )
      .sort()
  const ask = async (path: string, token: TokenName = 'TA') => {
    const answer = await server.get(path, token)
    expect(answer.status, path).toBe(200)
    if (token.startsWith('TA'))
      expect(answer.text.replaceAll(/"reference":"[^"]+"/g, '')).not.toMatch(/"b-|ZZCANARYB/)
    return { match: modes(answer, 'match'), include: modes(answer, 'include'), total: answer.json.total }
  }

  describe('_include adds what the matches refer to', () => {
    test('once each, not as a match and not in the total', async () => {
      expect(
        await ask('DiagnosticReport?_include=DiagnosticReport:result&_include=DiagnosticReport:subject'),
      ).toEqual({
        match: ['DiagnosticReport/a-dr1', 'DiagnosticReport/a-dr2'],
        include: ['Observation/a-obs1', 'Observation/a-obs2', 'Patient/pa'],
        total: 2,
      })
    })

    test('by one name, limited to one type, or shared resources', async () => {
      expect((await ask('Observation?_id=a-obs1&_include=Observation:patient')).include).toEqual([
        'Patient/pa',
      ])
      expect((await ask('Observation?_id=a-obs1&_include=Observation:performer')).include).toEqual([
        'Practitioner/pr1',
      ])
      expect((await ask('Observation?_id=a-obs1&_include=Observation:subject:Patient')).include).toEqual([
        'Patient/pa',
      ])
      expect((await ask('Observation?_id=a-obs1&_include=Observation:subject:Group')).include).toEqual([])
    })

    test('and nothing that already matched', async () => {
      const { match, include } = await ask('Patient?_include=Patient:link&_revinclude=Patient:link', 'TC')
      expect(match).toEqual(['Patient/pa', 'Patient/pb'])
      expect(include).toEqual([])
    })
  })

  test('_revinclude adds what refers to the matches', async () => {
    expect(await ask('Observation?_id=a-obs1&_revinclude=DiagnosticReport:result')).toEqual({
      match: ['Observation/a-obs1'],
      include: ['DiagnosticReport/a-dr2'],
      total: 1,
    })
    expect((await ask('Patient?_revinclude=Observation:patient')).include).toEqual([
      'Observation/a-member',
      'Observation/a-obs-dev',
      'Observation/a-obs1',
      'Observation/a-obs2',
      'Observation/a-panel',
    ])
  })

  describe('an included resource is within the reach of its own type', () => {
    test.each([
      ['B09', 'DiagnosticReport?_id=a-dr1&_include=DiagnosticReport:result', 'Observation/b-obs-focus'],
      ['B10', 'Coverage?_id=a-cov&_include=Coverage:subscriber', 'Patient/pb'],
      ['B11', 'Observation?_id=a-obs1&_revinclude=DiagnosticReport:result', 'DiagnosticReport/b-dr1'],
      ['B12', 'Patient?_id=pa&_revinclude=Observation:focus', 'Observation/b-obs-focus'],
      ['B31', 'List?_id=a-list&_include=List:item', 'Observation/b-obs1'],
      ['B32', 'Observation?_id=a-obs-dev&_include=Observation:device', 'Device/b-dev'],
    ])('%s %s', async (_row, path, foreign) => {
      expect((await ask(path)).include).not.toContain(foreign)
      // A clinician gets it for the same request, so it is the access check that holds it back.
      expect((await ask(path, 'TC')).include).toContain(foreign)
    })

    test('B24 and within its scope: without one it is left out', async () => {
      const { match, include } = await ask('Observation?_include=Observation:subject', 'TAobs')
      expect(match).toHaveLength(5)
      expect(include).toEqual([])
      expect(
        (await ask('Observation?_id=a-obs1&_revinclude=DiagnosticReport:result', 'TAobs')).include,
      ).toEqual([])
    })

    test('B25 and within the limits of that scope', async () => {
      const path = 'Observation?_id=a-panel&_include=Observation:has-member'
      expect((await ask(path)).include).toEqual(['Observation/a-member', 'Observation/a-obs1'])
      expect(await ask(path, 'TAlab')).toEqual({
        match: ['Observation/a-panel'],
        include: ['Observation/a-member'],
        total: 1,
      })
    })
  })

  describe('B13 more than one hop, or to any type, is refused by its name', () => {
    test.each([
      '_include:iterate=Observation:focus',
      '_include:recurse=Observation:focus',
      '_revinclude:iterate=Observation:focus',
      '_include=*',
      '_revinclude=*',
      '_include=Observation:*',
      '_include=Observation:none',
      '_include=DiagnosticReport:result',
      '_include=Observation:subject:Practitioner',
      '_include=Observation:subject:Patient:more',
      '_include=Observation:code',
      '_include=Observation',
      '_revinclude=Observation:subject',
      '_revinclude=AuditEvent:patient',
      '_include=__proto__:toString',
    ])('%s', async (parameter) => {
      for (const headers of [{}, { prefer: 'handling=lenient' }]) {
        const { status, json } = await server.get(`Observation?${parameter}`, 'TA', { headers })
        expect(status).toBe(400)
        expect(json.issue[0].diagnostics).toContain(parameter.split('=')[0])
      }
    })
  })

  test('the log names the patients of included resources', async () => {
    await ask('Observation?_id=b-obs-focus&_include=Observation:focus', 'TC')
    const entries = await server.entries()
    expect(entries.map(({ patient }) => patient).sort()).toEqual(['pa', 'pb'])
    expect(
      (await server.get('Observation?_id=a-obs1&_include=Observation:subject', 'TC')).text,
    ).not.toContain(CANARY_B)
    expect(await server.entries()).toMatchObject([{ patient: 'pa' }])
  })

  test("a bare id counts as a patient's in the log if the parameter accepts only patients, or if a patient has that id", async () => {
    for (const [query, patients] of [
      ['subject=pb&code=none', ['pb']],
      ['patient=pb&code=none', ['pb']],
      ['performer=pb&code=none', ['pb']],
      ['performer=pr1&code=none', [null]],
      ['performer=Practitioner/pb&code=none', [null]],
      ['performer=Patient/pb&code=none', ['pb']],
      ['performer:Patient=pb&code=none', ['pb']],
    ] as const) {
      await ask(`Observation?${query}`, 'TC')
      expect(
        (await server.entries()).map(({ patient }) => patient),
        query,
      ).toEqual(patients)
    }
  })

  test('each page has its own included resources', async () => {
    const first = await server.get('DiagnosticReport?_count=1&_include=DiagnosticReport:result', 'TA')
    expect(modes(first, 'include')).toEqual([])
    const next = first.json.link.find(({ relation }: { relation: string }) => relation === 'next').url
    const second = await server.get(next, 'TA')
    expect(modes(second, 'match')).toEqual(['DiagnosticReport/a-dr2'])
    expect(modes(second, 'include')).toEqual(['Observation/a-obs1', 'Observation/a-obs2'])
    expect(second.json.total).toBe(2)
  })

  test('more than 1,000 are cut, and the page says so', async () => {
    const many = await startGuarded([{ resourceType: 'Patient', id: 'pa' }], engine)
    const sources = Array.from({ length: 1_005 }, (_, index) => ({
      resource: observation(`a-many${index}`, 'pa'),
    }))
    await many.store.write((trx) => putResources(trx, sources, START))
    const answer = await many.get('Patient?_revinclude=Observation:patient', 'TA')
    expect(modes(answer, 'include')).toHaveLength(1_000)
    const [note] = answer.json.entry.filter(
      ({ search }: { search: { mode: string } }) => search.mode === 'outcome',
    )
    expect(note.resource).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'warning', code: 'too-costly' }],
    })
    expect(answer.json.total).toBe(1)
    await many.close()
  })
})

test('the CapabilityStatement names what can be included, and all of that is included on request', async () => {
  const server = await startGuarded(crossLinkedRecords)
  const { json } = await server.get('metadata')
  let count = 0
  for (const { type, searchInclude = [], searchRevInclude = [] } of json.rest[0].resource) {
    for (const [name, values] of Object.entries({ _include: searchInclude, _revinclude: searchRevInclude }))
      for (const value of values as string[]) {
        count++
        expect((await server.get(`${type}?${name}=${value}`, 'TC')).status, `${type} ${name}=${value}`).toBe(
          200,
        )
      }
  }
  expect(count).toBeGreaterThan(20)
  await server.close()
})
