import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { engines } from '../../fixtures/store.ts'
import { crossLinkedRecords } from './cross-linked-records.ts'
import { type Answer, type GuardedServer, startGuarded } from './guarded-server.ts'

/** Habits of other FHIR clients: each is taken, or refused by a sentence that says what would be. */
describe.each(engines)('on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    server = await startGuarded(crossLinkedRecords, engine)
  })
  afterAll(() => server.close())
  beforeEach(() => server.entries())

  const diagnosticsOf = ({ json }: Answer): string => json.issue[0].diagnostics

  test('a parameter without a value is left out of the search, and the answer says so', async () => {
    const answer = await server.get('Patient?name=&gender=&_sort=&_id=pa', 'TA')
    expect(answer.status).toBe(200)
    expect(answer.json.total).toBe(1)
    expect(answer.json.link[0].url).toMatch(/Patient\?_id=pa$/)
    expect(answer.json.entry.at(-1)).toMatchObject({
      resource: {
        issue: [{ code: 'informational', diagnostics: expect.stringContaining('name, gender, _sort') }],
      },
      search: { mode: 'outcome' },
    })
    const [entry] = await server.entries()
    expect(entry?.query).toBe('Patient?_id=pa')
  })

  test('parameters of $everything and of the format may be empty as well', async () => {
    expect((await server.get('Patient/pa/$everything?_type=&_since=&_count=&_format=', 'TA')).status).toBe(
      200,
    )
    expect((await server.get('Patient/pa?_format=', 'TA')).status).toBe(200)
  })

  test.each([
    ['Patient?shoe=44', 400, /These are: .*birthdate.*_count/],
    ['Shoe/1', 404, /There are: AllergyIntolerance, AuditEvent, /],
    ['Patient/$match', 400, /Patient\/\[id\]\/\$everything/],
    ['Patient/pa?shoe=44', 400, /These are: /],
    ['Patient/pa/$everything?start=2020', 400, /These are: _type, _since, _count/],
  ])('the refusal of %s names what would be taken', async (path, status, sentence) => {
    const answer = await server.get(path, 'TA')
    expect(answer.status).toBe(status)
    expect(diagnosticsOf(answer)).toMatch(sentence)
  })

  test.each([
    ['search', 1],
    ['urn:carekey:access-kind|search', 1],
    ['|search', 1],
    ['http://hl7.org/fhir/restful-interaction|search', 1],
    ['http://hl7.org/fhir/restful-interaction|read', 1],
    ['http://hl7.org/fhir/restful-interaction|search,urn:carekey:access-kind|read', 2],
    ['http://hl7.org/fhir/restful-interaction|', 2],
    ['urn:ihe:event-type-code|search', 0],
    ['urn:ihe:event-type-code|', 0],
  ])('the log is found by every coding of an entry: subtype=%s', async (subtype, found) => {
    server.now += 60_000
    const since = new Date(server.now).toISOString()
    await server.get('Patient?name=x', 'TA')
    await server.get('Patient/pa', 'TA')
    const answer = await server.get(`AuditEvent?date=ge${since}&subtype=${subtype}`, 'TA')
    expect(answer.json.total).toBe(found)
    for (const { resource } of answer.json.entry ?? [])
      expect(resource.subtype.map(({ system }: { system: string }) => system)).toEqual([
        'http://hl7.org/fhir/restful-interaction',
        'urn:carekey:access-kind',
      ])
  })

  test.each(['subtype=urn:other|read', 'type=urn:other|rest', 'outcome=urn:other|0', 'type=|rest'])(
    'a system that no entry has is refused: %s',
    async (query) => {
      const answer = await server.get(`AuditEvent?${query}`, 'TA')
      expect(answer.status).toBe(400)
      expect(diagnosticsOf(answer)).toMatch(
        /has no codes of (urn:other|no system)\. It has those of (urn|http):/,
      )
    },
  )

  test('a stranger is told nothing of it', async () => {
    for (const path of ['Patient?shoe=44', 'Shoe/1'])
      expect((await server.get(path)).text).not.toMatch(/birthdate|AllergyIntolerance/)
  })
})
