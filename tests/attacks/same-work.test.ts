import { beforeEach, describe, expect, test } from 'vitest'
import { ownCookieName } from '../fixtures/own-cookie-name.ts'
import { visibleOf } from './answers.ts'
import { type Answer, attack } from './attack.ts'

const anna = attack()

const FOREIGN = 'b-obs1'
/** The same length as the other id, so that lengths do not differ. */
const MISSING = 'n-obs1'

// The use of a grant is written once a minute, which must not happen between two requests that are compared.
beforeEach(async () => {
  await anna.token('TA')
  await anna.server.store.write((trx) =>
    trx.updateTable('consent').set({ last_used_at: Date.now() }).execute(),
  )
})

const requestIdOf = ({ headers }: Answer) => headers.get('x-request-id') ?? ''

/** The server's own id of a request: random. */
const OWN_REQUEST_ID = /(?<="type":"request","valueString":")[\da-f-]{36}/

/** The random part of the token, which may contain the letters of an id. */
const TOKEN_ID = /(?<=urn:carekey:token:)[\w-]+/

/** The entries of a request, without its ids and times. */
const loggedFor = async (answer: Answer, id: string) => {
  const rows = await anna.server.store.db
    .selectFrom('audit_event')
    .select(['patient', 'agent', 'client_id', 'type', 'subtype', 'outcome', 'json'])
    .where('request_id', '=', requestIdOf(answer))
    .execute()
  return rows.map(({ json, ...row }) => {
    const entry = JSON.parse(json, (name, value) =>
      name === 'query' ? Buffer.from(value, 'base64').toString() : value,
    )
    const text = JSON.stringify({ ...entry, id: '', recorded: '' })
      .replace(OWN_REQUEST_ID, '')
      .replace(TOKEN_ID, '')
    return { ...row, told: text.replaceAll(requestIdOf(answer), '').replaceAll(id, 'ID') }
  })
}

/** All work that a request causes in the server, and all that its sender can observe. */
const traceOf = async (path: (id: string) => string, id: string, init: RequestInit) => {
  const answer = await anna.send(`/fhir/${path(id)}`, { as: 'TA', ...init })
  const { status, headers, text } = visibleOf(answer)
  return {
    status,
    headers,
    text: text.replaceAll(id, 'ID'),
    statements: await anna.server.statements(requestIdOf(answer)),
    asked: anna.server.asked().map((request) => request.replaceAll(id, 'ID')),
    logged: await loggedFor(answer, id),
  }
}

describe("B33 another patient's resource costs as much as one that does not exist: the same statements, requests upstream, headers and entries", () => {
  test.each<[string, number, (id: string) => string, RequestInit]>([
    ['a read', 404, (id) => `Observation/${id}`, {}],
    ['a HEAD', 404, (id) => `Observation/${id}`, { method: 'HEAD' }],
    ['a read of what is known', 404, (id) => `Observation/${id}`, { headers: { 'if-none-match': 'W/"1"' } }],
    ['its history', 400, (id) => `Observation/${id}/_history`, {}],
    ['a search by its id', 200, (id) => `Observation?_id=${id}`, {}],
    ['a search by its id and patient', 200, (id) => `Observation?_id=${id}&patient=pb`, {}],
    ['a count', 200, (id) => `Observation?_id=${id}&_count=0`, {}],
  ])('%s', async (_name, status, path, init) => {
    // Sent once before, so that nothing has to be compiled or planned for the first time.
    await traceOf(path, MISSING, init)
    const missing = await traceOf(path, MISSING, init)
    const foreign = await traceOf(path, FOREIGN, init)
    expect(foreign).toEqual(missing)
    expect(foreign.status).toBe(status)
    expect(foreign.logged).toHaveLength(1)
    // At least the token, the query and the entry: the trace is not empty.
    const queries = foreign.statements.length + foreign.asked.length
    expect(queries).toBeGreaterThan(path('').includes('_history') ? 1 : 2)
    expect(foreign.statements.join('\n')).toMatch(/insert into "?audit_/)
  })

  test('another patient costs as much as one who does not exist', async () => {
    const path = (id: string) => `Patient/${id}`
    await traceOf(path, 'zz', {})
    expect(await traceOf(path, 'pb', {})).toEqual(await traceOf(path, 'zz', {}))
  })

  test("one's own is answered and logged differently, so the test would see a difference", async () => {
    const path = (id: string) => `Observation/${id}`
    const own = await traceOf(path, 'a-obs1', {})
    const missing = await traceOf(path, MISSING, {})
    expect(own.status).toBe(200)
    expect(own.headers).not.toEqual(missing.headers)
    expect(own.logged).not.toEqual(missing.logged)
  })
})

test('A24 an unknown name costs as much as a known one, and lengthens the public log as much, also with the cookie of a known browser', async () => {
  const login = await anna.send('/login')
  const form_token = /name="form_token" value="([^"]+)"/.exec(login.text)?.[1] ?? ''
  const own = login.headers.getSetCookie().map((line) => line.split(';')[0])
  const tryName = async (username: string, device?: string) => {
    await anna.server.store.write((trx) => trx.deleteFrom('rate_limit').execute())
    const answer = await anna.send('/login', {
      method: 'POST',
      headers: {
        cookie: [...own, ...(device ? [`${ownCookieName(anna.server.url, 'device')}=${device}`] : [])].join(
          '; ',
        ),
      },
      body: new URLSearchParams({ form_token, username, password: 'wrong' }),
    })
    expect(answer.status).toBe(200)
    const statements = await anna.server.statements(requestIdOf(answer))
    return { statements, entries: (await loggedFor(answer, username)).length }
  }
  for (const device of [undefined, 'd'.repeat(43)]) {
    await tryName('anna', device)
    const somebody = await tryName('anna', device)
    expect(await tryName('nobody', device)).toEqual(somebody)
    expect(somebody.statements.length).toBeGreaterThan(device ? 2 : 1)
    expect(somebody.entries).toBe(1)
  }
})
