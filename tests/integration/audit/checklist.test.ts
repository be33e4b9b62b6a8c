import { randomUUID } from 'node:crypto'
import type { AuditEvent, AuditEventAgent, Bundle } from '@medplum/fhirtypes'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { refusedRequests } from '../../fixtures/refused-requests.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { obtainCode, redeem, refresh } from '../../fixtures/token-requests.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

/** The requirements for every entry of the access log, by the numbers of the project's checklist. */
describe.each(engines)('the access log, on %s', { timeout: 60_000 }, (store) => {
  let clinic: TestOrganization
  const tokens: Record<string, string> = {}
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    for (const [username, scope] of [
      ['john', 'launch/patient patient/*.rs'],
      ['lee', 'user/*.rs'],
      ['admin', 'user/*.rs'],
    ] as const)
      tokens[username] = (await signIn(clinic.url, { username, scope, application: carekey })).access_token
  })
  afterAll(() => clinic.close())

  const ask = async (path: string, as?: string, init: RequestInit = {}) => {
    const id = randomUUID()
    const headers = { 'x-request-id': id, ...(as && { authorization: `Bearer ${tokens[as] ?? as}` }) }
    const response = await fetch(`${clinic.url}${path}`, {
      ...init,
      headers: { ...init.headers, ...headers },
    })
    const text = await response.text()
    const rows = await clinic.store.db
      .selectFrom('audit_event')
      .select(['patient', 'json'])
      .where('request_id', '=', id)
      .orderBy('seq')
      .execute()
    return {
      id,
      status: response.status,
      headers: response.headers,
      text,
      patients: rows.map(({ patient }) => patient),
      events: rows.map(({ json }) => JSON.parse(json) as AuditEvent),
    }
  }
  const newest = async (kind: string): Promise<AuditEvent> => {
    const { json } = await clinic.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', kind)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    return JSON.parse(json) as AuditEvent
  }
  const roles = (event: AuditEvent | undefined) =>
    Object.fromEntries((event?.agent ?? []).map((agent) => [agent.type?.coding?.[0]?.code, agent])) as Record<
      string,
      AuditEventAgent | undefined
    >
  const entity = (event: AuditEvent | undefined, role: string) =>
    event?.entity?.find((each) => each.role?.code === role)

  it('U1 has one entry for each interaction, also a refused one, and counts those of strangers', async () => {
    for (const [path, as, status] of [
      ['/fhir/Patient/john-doe', 'john', 200],
      ['/fhir/Observation?patient=john-doe', 'john', 200],
      ['/fhir/Patient/jane-doe', 'john', 404],
      ['/fhir/Observation?colour=red', 'john', 400],
      ['/fhir/AuditEvent', 'lee', 403],
    ] as const) {
      const answer = await ask(path, as)
      expect([answer.status, answer.events.length], path).toEqual([status, 1])
    }
    const stranger = await ask('/fhir/Patient')
    expect([stranger.status, stranger.events.length]).toEqual([401, 0])
    expect((await refusedRequests(clinic.store)).by['search login_required']).toBe(1)
  })

  it('U2 describes a read: action R, from the server to the application, for whom', async () => {
    const { events } = await ask('/fhir/Patient/john-doe', 'john')
    const [event] = events
    expect(event).toMatchObject({
      action: 'R',
      outcome: '0',
      type: { code: 'rest' },
      subtype: [{ code: 'read' }, { code: 'read' }],
    })
    const { 110153: source, 110152: destination, IRCP: person } = roles(event)
    expect(source?.who?.display).toBe('Riverside Clinic')
    expect(destination?.who).toMatchObject({ identifier: { value: 'carekey' }, display: 'Carekey' })
    expect(person?.who).toMatchObject({ reference: 'Patient/john-doe', display: 'John Doe' })
    expect(entity(event, '4')?.what?.reference).toBe('Patient/john-doe')
  })

  it('U3 describes a search: action E, from the application to the server, with the query and without its results', async () => {
    const path = 'Observation?patient=john-doe&category=vital-signs&_count=3'
    const { events, text } = await ask(`/fhir/${path}`, 'john')
    const [event] = events
    expect(event).toMatchObject({ action: 'E', subtype: [{ code: 'search' }, { code: 'search' }] })
    const { 110153: source, 110152: destination } = roles(event)
    expect(source?.who?.display).toBe('Carekey')
    expect(destination?.who?.display).toBe('Riverside Clinic')
    expect(Buffer.from(entity(event, '24')?.query ?? '', 'base64').toString()).toBe(path)
    const result = (JSON.parse(text) as Bundle).entry?.map(({ resource }) => resource?.id ?? '') ?? []
    expect(result).toHaveLength(3)
    for (const id of result) expect(JSON.stringify(event)).not.toContain(id)
  })

  it('U4 names the patient in each entry, and has one entry for each of several patients', async () => {
    const { patients, events } = await ask('/fhir/Patient?family=Doe', 'lee')
    expect(patients.toSorted()).toEqual(['jane-doe', 'jane-marie-doe', 'john-doe'])
    for (const [at, event] of events.entries())
      expect(entity(event, '1')?.what?.reference).toBe(`Patient/${patients[at]}`)
  })

  it('U5 contains the request id, which the answer has too', async () => {
    const { id, headers, events } = await ask('/fhir/Patient/john-doe', 'john')
    expect(headers.get('x-request-id')).toBe(id)
    expect(events[0]?.entity?.at(-1)).toMatchObject({
      type: { code: 'XrequestId' },
      what: { identifier: { value: id } },
    })
  })

  it('U6 refers to a token by the same reference each time, and never contains the token', async () => {
    const entries = [
      (await ask('/fhir/Patient/john-doe', 'john')).events[0],
      (await ask('/fhir/Observation', 'john')).events[0],
    ]
    const policies = entries.map((event) => roles(event).IRCP?.policy)
    expect(policies[0]?.[0]).toMatch(/^urn:carekey:token:.{8,}/)
    expect(policies[1]).toEqual(policies[0])
    const log = await clinic.store.db.selectFrom('audit_event').select('json').execute()
    for (const token of Object.values(tokens)) expect(JSON.stringify(log)).not.toContain(token)
  })

  it('U7 contains the issuance of a token, the decision about it, and the download of a log', async () => {
    await redeem(clinic.url, await obtainCode(clinic.url))
    expect((await newest('token')).subtype?.[0]?.code).toBe('ITI-71')
    const decided = await newest('consent')
    expect(decided.type.code).toBe('110113')
    expect(decided.entity?.at(-1)?.detail?.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['scope', 'window']),
    )
    const agent = createUserAgent(clinic.url)
    await agent.submit(await agent.open('/login'), { username: 'john', password: 'john-demo' })
    expect((await agent.open('/account/log/download')).status).toBe(200)
    const entry = await newest('export')
    expect(entry).toMatchObject({ action: 'R', outcome: '0' })
    expect(roles(entry).IRCP?.who?.reference).toBe('Patient/john-doe')
  })

  it('U8 contains refusals, each with its outcome and reason', async () => {
    const reasonOf = async (kind: string) => {
      const { outcome, outcomeDesc } = await newest(kind)
      expect(outcome, kind).toBe('4')
      return outcomeDesc
    }
    const agent = createUserAgent(clinic.url)
    await agent.submit(await agent.open('/login'), { username: 'john', password: 'guess' })
    expect(await reasonOf('sign-in')).toBe('wrong_password')

    const countRefusals = async (name: string) => (await refusedRequests(clinic.store)).by[name] ?? 0
    const form = new URLSearchParams({ grant_type: 'authorization_code', code: 'x', client_id: 'nobody' })
    await ask('/oauth/token', undefined, { method: 'POST', body: form })
    expect(await countRefusals('token invalid_client')).toBe(1)

    const { body } = await redeem(clinic.url, await obtainCode(clinic.url))
    const revoke = new URLSearchParams({ token: body.access_token ?? '', client_id: carekey.client_id })
    await ask('/oauth/revoke', undefined, { method: 'POST', body: revoke })
    expect((await ask('/fhir/Patient/john-doe', body.access_token)).status).toBe(401)
    expect(await countRefusals('read invalid_token')).toBe(1)

    const { body: other } = await redeem(clinic.url, await obtainCode(clinic.url))
    await refresh(clinic.url, other.refresh_token)
    await clinic.store.write((trx) =>
      trx.updateTable('oauth_record').set({ expires_at: 0 }).where('model', '=', 'SealedAnswer').execute(),
    )
    await refresh(clinic.url, other.refresh_token)
    expect(await reasonOf('token')).toBe('refresh_reuse_detected')

    await ask('/oauth/register', undefined, { method: 'POST', body: '{}' })
    expect(await countRefusals('register http_401')).toBe(1)
  })

  it('U9 refuses an access that cannot be logged', async () => {
    const rename = (from: string, to: string) =>
      clinic.store.write((trx) =>
        sql`alter table audit_event rename column ${sql.ref(from)} to ${sql.ref(to)}`.execute(trx),
      )
    await rename('salt', 'gone')
    const { status, text, events } = await ask('/fhir/Patient/john-doe', 'john')
    await rename('gone', 'salt')
    expect([status, events]).toEqual([503, []])
    expect(text).not.toContain('Doe')
    expect((await ask('/fhir/Patient/john-doe', 'john')).status).toBe(200)
  })

  it('U10 can be searched by patient, date, agent, type and outcome by the people it concerns, and changed by nobody', async () => {
    const search = async (query: string, as: string) => {
      const answer = await ask(`/fhir/AuditEvent?_count=100&${query}`, as)
      expect(answer.status, query).toBe(200)
      expect(answer.events, 'reading the log is logged').toHaveLength(1)
      return ((JSON.parse(answer.text) as Bundle<AuditEvent>).entry ?? []).flatMap(
        ({ resource }) => resource ?? [],
      )
    }
    const today = new Date().toISOString().slice(0, 10)
    for (const [query, holds] of [
      ['patient=Patient/john-doe', (event) => entity(event, '1')?.what?.reference === 'Patient/john-doe'],
      [`date=${today}`, (event) => event.recorded?.startsWith(today)],
      [
        'agent=Practitioner/morgan-lee',
        (event) => roles(event).IRCP?.who?.reference === 'Practitioner/morgan-lee',
      ],
      ['type=rest', (event) => event.type.code === 'rest'],
      ['outcome=4', (event) => event.outcome === '4'],
    ] as [string, (event: AuditEvent) => boolean][]) {
      const result = await search(query, 'admin')
      expect(result.length, query).toBeGreaterThan(0)
      expect(
        result.filter((event) => !holds(event)),
        query,
      ).toEqual([])
    }
    expect(await search('date=lt2001-01-01', 'admin')).toEqual([])
    const own = await search('patient=Patient/jane-doe', 'john')
    expect(own).toEqual([])
    const mine = await search('', 'john')
    expect(mine.length).toBeGreaterThan(0)
    expect(mine.filter((event) => entity(event, '1')?.what?.reference !== 'Patient/john-doe')).toEqual([])
    const path = `/fhir/AuditEvent/${mine[0]?.id}`
    for (const method of ['PUT', 'DELETE', 'PATCH', 'POST']) {
      const { status } = await ask(path, 'admin', { method })
      expect([404, 405], method).toContain(status)
    }
    expect((await ask(path, 'john')).status).toBe(200)
  })
})
