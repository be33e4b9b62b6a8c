import type { OperationOutcome } from '@medplum/fhirtypes'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { canonicalJson } from '../../../server/audit/entry/canonical-json.ts'
import { agentsAfter, findPeopleNamed } from '../../../server/fhir/log/log-names.ts'
import { parseLimits } from '../../../server/query/parse-limits.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import { countTurns } from '../../fixtures/count-turns.ts'
import { engines } from '../../fixtures/store.ts'
import { type GuardedServer, startGuarded, type TokenName } from './guarded-server.ts'

const patient = (id: string, given: string, family: string) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'urn:mr', value: `MR-${id}` }],
  name: [{ given: [given], family }],
})

describe.each(engines)('the access log by name, on %s', (engine) => {
  let server: GuardedServer
  beforeAll(async () => {
    const crowd = Array.from({ length: 101 }, (_, at) => patient(`c${at}`, `Crowd${at}`, 'Many'))
    const people = [patient('pa', 'Anna', 'Müller'), patient('pb', 'Bert', 'Miller'), ...crowd]
    server = await startGuarded(people, engine)
    await server.get('Patient/pa', 'TA')
    await server.get('Patient/pa', 'TC')
    await server.get('Patient/pb', 'TC')
  })
  afterAll(() => server.close())
  beforeEach(() => server.entries())

  const search = (query: string, token: TokenName = 'TADM') =>
    server.get(`AuditEvent?subtype=read&_count=200&${query}`, token)
  /** The reader and the patient of each entry. */
  const reads = async (query: string): Promise<string[]> => {
    const { status, json } = await search(query)
    expect(status, query).toBe(200)
    const entries: { resource: { agent: never[]; entity: never[] }; search: { mode: string } }[] =
      json.entry ?? []
    const matches = entries.filter(({ search: { mode } }) => mode === 'match')
    return matches.map(({ resource }) => {
      const { who } = resource.agent.at(-1) as unknown as { who: { reference: string } }
      const { what } = resource.entity[0] as unknown as { what: { reference: string } }
      return `${who.reference} ${what.reference}`
    })
  }

  test.each([
    ['agent-name=lee', ['Practitioner/pr1 Patient/pa', 'Practitioner/pr1 Patient/pb']],
    ['agent-name=LEE&patient.name=miller', ['Practitioner/pr1 Patient/pb']],
    ['agent-name=anna', ['Patient/pa Patient/pa']],
    ['agent-name=a&agent-name:exact=Anna A', ['Patient/pa Patient/pa']],
    ['agent-name:exact=Anna A', ['Patient/pa Patient/pa']],
    ['agent-name=le', []],
    ['agent-name=nna', []],
    ['patient.name=mille', []],
    ['agent-name=lee&agent-name=anna', []],
    ['patient.name=muller&patient.name=anna', ['Patient/pa Patient/pa', 'Practitioner/pr1 Patient/pa']],
    ['patient.name=muller&patient.name=bert', []],
    ['patient.name=nobody', []],
    ['patient.identifier=MR-pb', ['Practitioner/pr1 Patient/pb']],
    ['patient.identifier=urn:mr|MR-pb&patient.name=bert', ['Practitioner/pr1 Patient/pb']],
    ['patient.identifier=MR-pb&patient.name=anna', []],
    ['patient.identifier=MR-nobody', []],
  ])('%s', async (query, expected) => {
    expect(await reads(query)).toEqual(expected)
  })

  /** The parameters by which an answer says that nobody is known. */
  const nobodyBy = async (query: string, token?: TokenName): Promise<string[]> => {
    const { json } = await search(query, token)
    const all = (json.entry ?? []) as { resource: OperationOutcome; search: { mode: string } }[]
    return all
      .filter(({ search: { mode } }) => mode === 'outcome')
      .flatMap(({ resource }) => resource.issue)
      .flatMap(({ severity, code, location = [] }) => [`${severity} ${code}`, ...location])
  }

  test.each([
    ['patient.name=nobody', ['information not-found', 'http.patient.name']],
    ['patient.identifier=MR-nobody', ['information not-found', 'http.patient.identifier']],
    ['agent-name=nobody', ['information not-found', 'http.agent-name']],
    ['patient.name=muller&patient.name=bert', ['information not-found', 'http.patient.name']],
    // The record exists, and the log has no entry about it, or none that matches.
    ['patient.name=crowd7', []],
    ['patient.identifier=MR-c8', []],
    ['patient.name=miller&outcome=8', []],
    ['agent-name=lee&outcome=8', []],
    ['patient=no-such-id', []],
  ])(
    'says that nobody is known by a name or number, apart from there being no entry: %s',
    async (query, note) => {
      expect(await nobodyBy(query)).toEqual(note)
    },
  )

  test('says to a reader of one record neither that somebody is known by a name, nor that nobody is', async () => {
    for (const name of ['nobody', 'anna']) {
      const { status, text } = await search(`patient.name=${name}`, 'TA')
      expect([status, text]).toEqual([400, expect.not.stringContaining('http.patient.name')])
    }
    const [unknown, known] = [
      await search('patient.name=nobody', 'TA'),
      await search('patient.name=anna', 'TA'),
    ]
    expect(unknown.text).toBe(known.text)
  })

  test('a name is logged for the patients who have it, and its value for nobody else', async () => {
    await search('patient.name=muller')
    await search('patient.name=nobody')
    await search('agent-name=anna')
    await search('patient.identifier=MR-pb')
    await search('patient.identifier=MR-nobody')
    const entries = (await server.entries()).map((entry) => [entry.patient, entry.query])
    expect(entries).toEqual([
      ['pa', expect.stringContaining('patient.name=muller')],
      [null, expect.not.stringContaining('nobody')],
      ['pa', expect.stringContaining('agent-name=anna')],
      ['pb', expect.stringContaining('patient.identifier=MR-pb')],
      [null, expect.not.stringContaining('MR-nobody')],
    ])
  })

  test('a name of more than 100 patients is refused', async () => {
    const { status, json } = await search('patient.name=many')
    expect([status, json.issue[0].code]).toEqual([403, 'too-costly'])
    expect(await server.entries()).toHaveLength(101)
  })

  test('a refused name is in the entries of those who have it, and in no others', async () => {
    expect((await search('patient.name=many&agent-name=anna')).status).toBe(403)
    const entries = await server.entries()
    const withAnna = entries.filter(({ query }) => query?.includes('anna'))
    expect(withAnna.map(({ patient: id }) => id)).toEqual(['pa'])
    expect(entries.find(({ patient: id }) => id === 'pa')?.query).not.toContain('many')
  })

  test.each<TokenName>(['TA', 'TADMpart'])(
    'is refused to %s as well when it is posted or comes in a batch',
    async (token) => {
      const postAnswer = await server.get('AuditEvent/_search', token, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: 'agent-name=lee',
      })
      expect([postAnswer.status, postAnswer.text]).toEqual([400, expect.stringContaining('whole access log')])
      const batch = await server.get('', token, {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json' },
        payload: {
          resourceType: 'Bundle',
          type: 'batch',
          entry: ['patient.name=many', 'agent-name=lee'].map((query) => ({
            request: { method: 'GET', url: `AuditEvent?${query}` },
          })),
        },
      })
      const statuses = batch.json.entry.map(
        ({ response }: { response: { status: string } }) => response.status,
      )
      expect(statuses).toEqual([expect.stringMatching(/^400/), expect.stringMatching(/^400/)])
    },
  )

  test('only a reader of the whole log may search by name, whoever is named', async () => {
    for (const query of [
      'agent-name=lee',
      'agent-name=nobody',
      'patient.name=anna',
      'patient.identifier=MR-pb',
    ]) {
      const { status, text } = await search(query, 'TA')
      expect([status, text]).toEqual([400, expect.stringContaining('whole access log')])
    }
    for (const query of ['agent-name=lee', 'patient.name=many', 'patient.identifier=MR-pa']) {
      const { status, text } = await search(query, 'TADMpart')
      expect([status, text]).toEqual([400, expect.stringContaining('whole access log')])
    }
    expect((await search('subtype=read', 'TADMpart')).json.entry).toHaveLength(3)
    expect((await search('agent-name=lee', 'TC')).status).toBe(403)
    const { json } = await server.get('Patient?name=anna', 'TADM')
    expect(json.resourceType).toBe('OperationOutcome')
  })

  test('J02 others are answered while the people of the log are compared with a name', async () => {
    await server.store.write((trx) =>
      trx
        .insertInto('account')
        .values(
          Array.from({ length: 1000 }, (_, n) => ({
            ...{ id: `staff-${n}`, username: `staff-${n}`, name: `Staff Member${n}`, password_hash: '' },
            ...{ role: 'clinician' as const, patient: null, practitioner: `staff-${n}` },
          })),
        )
        .execute(),
    )
    const query = parseQuery('AuditEvent', new URLSearchParams('agent-name=member999,nobody'), {
      ...{ base: 'http://x/fhir', strict: true },
    })
    const turns = countTurns()
    const { nobody } = await findPeopleNamed(server.store.db, query, async () => ({ patients: [] }))
    turns.stop()
    expect(nobody).toEqual([])
    expect(turns.turn()).toBeGreaterThanOrEqual(5)
  })

  test('the people of the log are found without reading all its entries', async () => {
    const { store } = server
    await store.write((trx) =>
      trx
        .insertInto('audit_event')
        .values(
          Array.from({ length: 2000 }, (_, n) => ({
            ...{
              id: `many-${n}`,
              recorded: 1,
              agent: `Practitioner/${n % 5}`,
              client_id: null,
              patient: null,
            },
            ...{ type: 'rest', subtype: 'vread', outcome: '0', request_id: 'many', json: '{"agent":[]}' },
          })) as never,
        )
        .execute(),
    )
    if (engine === 'postgres') await sql`analyze audit_event`.execute(store.db)
    const explain = engine === 'sqlite' ? sql`explain query plan` : sql`explain analyze`
    const { rows } = await sql<object>`${explain} ${agentsAfter('')}`.execute(store.db)
    const steps = rows
      .map((row) => String(Object.values(row).at(-1)))
      .filter((step) => /audit_event/.test(step))
    expect(steps).toHaveLength(3)
    // Each step finds one entry by the index.
    for (const step of steps)
      expect(step).toMatch(
        engine === 'sqlite'
          ? /^SEARCH audit_event USING (COVERING )?INDEX audit_event_agent_seq/
          : /Index.* Scan .*using audit_event_agent_seq .*actual .*rows=1(\.00)? /,
      )
  })

  test('J02 others are answered while removed people are compared with a name, and each of them is', async () => {
    const entryOf = (n: number) => ({
      ...{ id: `gone-${n}`, recorded: 1, agent: `Practitioner/gone-${n}`, client_id: null, patient: null },
      ...{ type: 'rest', subtype: 'vread', outcome: '0', request_id: 'gone' },
      json: canonicalJson({
        resourceType: 'AuditEvent',
        agent: [
          {
            type: { coding: [{ code: 'IRCP' }] },
            who: { display: `Former Member${n}` },
            requestor: true,
          },
        ],
      }),
    })
    await server.store.write((trx) =>
      trx
        .insertInto('audit_event')
        .values(Array.from({ length: 1000 }, (_, n) => entryOf(n)) as never)
        .execute(),
    )
    const query = parseQuery('AuditEvent', new URLSearchParams('agent-name=former'), {
      ...{ base: 'http://x/fhir', strict: true },
    })
    const turns = countTurns()
    const { ways } = await findPeopleNamed(server.store.db, query, async () => ({ patients: [] }))
    turns.stop()
    expect(ways[0]?.values).toHaveLength(1000)
    expect(turns.turn()).toBeGreaterThanOrEqual(5)
  })

  test('a removed person is found by the name in the log', async () => {
    await server.store.write(async (trx) => {
      await trx.updateTable('account').set({ practitioner: 'pr2' }).where('id', '=', 'lee').execute()
    })
    expect(await reads('agent-name=lee')).toEqual([
      'Practitioner/pr1 Patient/pa',
      'Practitioner/pr1 Patient/pb',
    ])
  })
})

test.each(['agent-name=lee', 'patient.name=anna', 'patient.identifier=MR-pa', 'subtype=read&agent-name=lee'])(
  'no scope is limited by a name or a number: %s',
  (limit) => {
    expect(parseLimits('AuditEvent', limit)).toBeUndefined()
  },
)
