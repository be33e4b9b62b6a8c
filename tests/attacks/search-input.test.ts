import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { type Answer, attack } from './attack.ts'

const anna = attack()

const ask = (query: string, type = 'Patient', prefer?: string): Promise<Answer> =>
  anna.send(`/fhir/${type}?${query}`, { as: 'TA', ...(prefer && { headers: { prefer } }) })

const postForm = (form: string, type = 'Patient'): Promise<Answer> =>
  anna.send(`/fhir/${type}/_search`, {
    as: 'TA',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form,
  })

const selfLink = ({ json }: Answer): string =>
  json.link.find(({ relation }: { relation: string }) => relation === 'self').url

const expectRefused = ({ status, json }: Answer): void => {
  expect(status).toBe(400)
  expect(json.resourceType).toBe('OperationOutcome')
}

describe('C05 an oversized search is refused before it is parsed', () => {
  const tokens = (count: number) => Array.from({ length: count }, (_, n) => `c${n}`).join(',')
  const pairs = (count: number) => Array.from({ length: count }, (_, n) => `name=n${n}`).join('&')

  test.each([
    ['a text of 50 kB', `name:contains=${'a'.repeat(50_000)}`],
    ['5,000 values', `identifier=${tokens(5000)}`],
    ['101 values', `identifier=${tokens(101)}`],
    ['2,000 parameters', pairs(2000)],
    ['51 parameters', pairs(51)],
    ['11 includes', Array(11).fill('_revinclude=Observation:subject').join('&')],
  ])('%s, posted', async (_name, form) => {
    expectRefused(await postForm(form))
  })

  test.each([
    ['nothing', '&'.repeat(1_000_000)],
    ['names', 'a&'.repeat(500_000)],
    ['escapes', '%61'.repeat(333_000)],
    ['commas', `name=${','.repeat(1_000_000)}`],
    ['backslashes', `name=${'\\'.repeat(1_000_000)}`],
  ])('1 MB of %s, posted', async (_name, body) => {
    const { status } = await anna.sendRaw({
      head: [
        'POST /fhir/Patient/_search HTTP/1.1',
        `Authorization: Bearer ${await anna.token('TA')}`,
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${body.length}`,
      ],
      body,
    })
    expect(status).toBe(400)
  })

  test('8 kB in an address', async () => {
    expectRefused(await ask(`name:contains=${'a'.repeat(9000)}`))
  })

  test('64 kB in an address is not accepted as a request', async () => {
    const { status, answers } = await anna.sendRaw({
      head: [`GET /fhir/Patient?name=${'a'.repeat(65_536)} HTTP/1.1`],
    })
    // 431 (RFC 6585 section 5) as well as 414 (RFC 9110): Node has one limit for the address and the headers.
    expect([414, 431]).toContain(status)
    expect(answers[0]?.text).not.toContain('aaaa')
  })

  /** 50 parameters, 100 values. */
  const most = (name: string, values: string) => Array(50).fill(`${name}=${values}`).join('&')
  test.each([
    ['texts anywhere in a name', 'Patient', `${most('name', 'a').slice(7)}&name:contains=${tokens(5)}`],
    ['tokens', 'Observation', most('code', 'a,b')],
    ['tokens of a system', 'Observation', most('code', 'a|a,b|b')],
    ['references', 'Observation', most('subject', 'a,b')],
    [
      'dates',
      'Observation',
      `${most('date', '2001,2002').slice(45)}&date=ne2001,ne2002&date=ge2003,lt2004,gt2005`,
    ],
    ['100 values', 'Patient', `name=${tokens(100)}`],
    ['includes', 'Patient', `_id=pa&${Array(10).fill('_revinclude=Observation:subject').join('&')}`],
  ])('the largest permitted search is answered: %s', async (_name, type, query) => {
    for (const answer of [
      await postForm(query, type),
      await anna.send(`/fhir/${type}?${query}`, { as: 'TC' }),
    ]) {
      expect(answer.status).toBe(200)
      expect(answer.json.resourceType).toBe('Bundle')
    }
  })

  test.each(['name:contains', 'identifier', 'organization', 'birthdate'])(
    '108 values of %s, in 12 parameters',
    async (name) => {
      const valueAt = (at: number) => (name === 'birthdate' ? `${1900 + at}` : `v${at}`)
      const values = (from: number) => Array.from({ length: 9 }, (_, at) => valueAt(from + at)).join()
      const parameters = Array.from({ length: 12 }, (_, at) => `${name}=${values(9 * at)}`)
      expectRefused(await postForm(parameters.join('&')))
    },
  )
})

describe('C06 a search never silently ignores what it does not understand', () => {
  test.each([
    '_filter=name eq "x"',
    '_query=everything',
    '_text=x',
    '_content=x',
    '_list=a-list',
    '_contained=both',
    'code:above=x',
    'code:below=x',
    'code:in=x',
    'code:not-in=x',
    'subject:identifier=x',
    'name:unknown=x',
    'name:exact:contains=x',
    '_id:exact=pa',
    'subject.name=x',
    '_has:Observation:subject:code=x',
    '__proto__=x',
    'constructor:exact=x',
  ])('%s is refused, even with lenient handling', async (query) => {
    for (const prefer of [undefined, 'handling=lenient', 'handling=strict'])
      for (const type of ['Patient', 'Observation'])
        if (prefer !== 'handling=lenient' || /[:.]|^_/.test(query))
          expectRefused(await ask(query, type, prefer))
  })

  test('an unknown parameter is refused or, with lenient handling, left out of the search and its self link', async () => {
    expectRefused(await ask('unknown=x&name=ZZCANARYA'))
    const lenient = await ask('unknown=x&name=ZZCANARYA', 'Patient', 'handling=lenient')
    expect(lenient.status).toBe(200)
    expect(selfLink(lenient)).toMatch(/\?name=ZZCANARYA$/)
    expect(lenient.json.total).toBe(1)
  })
})

describe('C07 a malformed value is refused', () => {
  test.each([
    ['Patient', 'birthdate=ge2000-01-01T25:99'],
    ['Patient', 'birthdate=2000-13-01'],
    ['Patient', 'birthdate=2023-02-29'],
    ['Patient', 'birthdate=lt'],
    ['Patient', 'birthdate=xx2000'],
    ['Patient', 'birthdate=ge2000,'],
    ['Patient', 'birthdate=99999'],
    ['Patient', 'birthdate=-0001'],
    ['Observation', 'date=lt'],
    ['Observation', 'date=2024-01-01T00:00:00%2B99:99'],
    ['Observation', 'date=2024-01-01%00'],
    ['Observation', '_lastUpdated=gt2020-01-01%00'],
    ['Observation', '_lastUpdated=gt'],
    ['Observation', 'value-quantity=1e308|x|y'],
    ['Observation', 'value-quantity=1e999'],
    ['Observation', 'value-quantity=NaN'],
    ['Observation', 'value-quantity=abc'],
    ['Observation', 'value-quantity=1|2|3|4'],
    ['Observation', 'code=a|b|c'],
    ['Observation', 'code=|'],
    ['Observation', 'subject=Patient/../Patient/pb'],
    ['Observation', 'subject=Patient/'],
    ['Patient', 'name=%00'],
    ['Patient', '_count=1e9'],
    ['Patient', '_count=0x10'],
    ['Patient', '_count=99999999999999999999'],
  ])('%s?%s', async (type, query) => {
    expectRefused(await ask(query, type))
  })
})

describe('C08 no searched value becomes part of a statement', () => {
  /** Every table, column, index and trigger, and the number of rows in each table that the server does not write by itself. */
  const catalog = async () => {
    const { db } = anna.server.store
    const tables = await db.introspection.getTables()
    const counts = await Promise.all(
      tables
        .filter(({ name }) => !/^(audit|oauth|setting|refused)/.test(name))
        .map(async ({ name }) => {
          const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(db)
          return [name, Number(rows[0]?.n)]
        }),
    )
    return { tables: tables.map(({ name, columns }) => [name, columns.map((column) => column.name)]), counts }
  }

  test.each([
    ["_id=1' OR '1'='1", 0],
    ["_id=pa'--", 0],
    ["name=%25' --", 0],
    ["name=' OR 1=1; DROP TABLE resource; --", 0],
    ["name:exact=') OR ('1'='1", 0],
    ['name:contains=%25', 0],
    ['name:contains=_', 0],
    ["name:contains=\\\\' OR '1'='1", 0],
    ["identifier=x|' OR '1'='1", 0],
    ["identifier=' UNION SELECT password_hash FROM account --|x", 0],
    ['identifier=%24%24||pg_sleep(9)', 400],
    ["birthdate=2000' OR '1'='1", 400],
    ['_sort=name;DROP TABLE resource', 400],
    ['_sort=(select 1)', 400],
    ['_elements=id");DROP TABLE resource', 400],
    ['_elements=id%22', 400],
    ['_count=1;DROP TABLE resource', 400],
    ["_lastUpdated=gt2020' OR '1'='1", 400],
    ["name'=x", 400],
    ['name")=x', 400],
    ["_include=Patient:' OR '1'='1", 400],
    ["_page=' OR '1'='1", 400],
  ])('%s', async (query, expected) => {
    const before = await catalog()
    for (const answer of [await ask(query), await postForm(query)]) {
      if (expected === 400) expectRefused(answer)
      else {
        expect(answer.status).toBe(200)
        expect(answer.json.total).toBe(expected)
      }
      expect(answer.text).not.toContain('argon2')
    }
    expect(await catalog()).toEqual(before)
  })

  test.each([
    "/fhir/Patient/pa'--",
    "/fhir/Patient/' OR '1'='1",
    "/fhir/Patient'--/pa",
    '/fhir/Patient/pa%00',
  ])('%s matches nothing', async (path) => {
    const answer = await anna.send(path, { as: 'TA' })
    expect(answer.status).toBe(404)
  })
})
