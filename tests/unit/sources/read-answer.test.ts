import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, test, vi } from 'vitest'
import { nextLink, requireLink } from '../../../server/sources/transport/next-link.ts'
import { quoteRefusal } from '../../../server/sources/transport/quote-refusal.ts'
import { readPage, readResource } from '../../../server/sources/transport/read-answer.ts'
import { countTurns } from '../../fixtures/count-turns.ts'

const BASE = 'http://upstream.example/fhir'

const read = (text: string) => readResource(text, [BASE], 'Observation', 'o1')
const page = (bundle: object | string, request?: string) =>
  readPage(
    typeof bundle === 'string'
      ? bundle
      : JSON.stringify({ resourceType: 'Bundle', type: 'searchset', ...bundle }),
    [BASE],
    request === undefined ? { type: 'Observation' } : { asked: request },
  )
const observation = (id: string, rest: object = {}) => ({ resourceType: 'Observation', id, ...rest })
const entry = (resource: object, mode = 'match') => ({ resource, search: { mode } })

const large = (unit: string, count: number, id = 'o1') =>
  `{"resourceType":"Observation", "id":"${id}","x":[${Array(count).fill(unit).join()}]}`
const UNITS = ['1', '[]', '{}', '""', '{"a":"b"}']

describe('G04 a resource from upstream', () => {
  const meta = '"meta":{"versionId":"7","lastUpdated":"2026-01-02T03:04:05.678Z"}'

  it('keeps its text and its numbers as written', async () => {
    const text = `{"resourceType":"Observation","id":"o1",${meta},"valueQuantity":{"value":1.0},"n":[-0,1e3,12345678901234567890]}`
    expect(await read(text)).toMatchObject({
      ...{ type: 'Observation', id: 'o1', version: '7', json: text },
      lastUpdated: Date.parse('2026-01-02T03:04:05.678Z'),
      resource: { valueQuantity: { value: 1 } },
    })
  })

  it('is made compact, with numbers as written', async () => {
    const text = `{\n "resourceType": "Observation",\r\n\t"id": "o1", "text": "a \\" : {[ b", "value": 72.50 }`
    expect((await read(text)).json).toBe(
      '{"resourceType":"Observation","id":"o1","text":"a \\" : {[ b","value":72.50}',
    )
  })

  it('keeps its strings as written, also where its addresses change', async () => {
    const text = `{"resourceType":"Observation","id":"o1","note":[{"text":"\\u0041 \\/ : \\"reference\\":"}],"subject":{ "reference" : "${BASE.replaceAll('/', '\\/')}\\/Patient\\/pa" }}`
    const { resource, json } = await read(text)
    expect(json).toBe(
      '{"resourceType":"Observation","id":"o1","note":[{"text":"\\u0041 \\/ : \\"reference\\":"}],"subject":{"reference":"Patient/pa"}}',
    )
    expect(resource).toEqual(JSON.parse(json))
  })

  it.each(['1 2', 'tr ue', '"a" "b"', '[1 2]', '{"b" 1}', '- 1', '1. 5'])(
    'with %s is refused, although it would be JSON without its spaces',
    async (value) => {
      await expect(read(`{"resourceType":"Observation","id":"o1","a":${value}}`)).rejects.toThrow('not JSON')
    },
  )

  it('with more than 50,000 values is refused before it is parsed, however it is written', async () => {
    expect((await read(large('1', 49_000))).type).toBe('Observation')
    for (const unit of UNITS) await expect(read(large(unit, 50_001))).rejects.toThrow('too many values')
  })

  it('has no version, and no time, unless they are valid', async () => {
    const odd = await read(
      '{"resourceType":"Observation","id":"o1","meta":{"versionId":"7\\"x","lastUpdated":"soon"}}',
    )
    expect(odd.version).toBeUndefined()
    expect(odd.lastUpdated).toBe(0)
    for (const time of ['-000001-01-01T00:00:00Z', '0', '12345', '9999-12-31T23:59:59-14:00'])
      expect(
        await read(`{"resourceType":"Observation","id":"o1","meta":{"lastUpdated":"${time}"}}`),
        time,
      ).toMatchObject({ lastUpdated: 0 })
  })

  test.each([
    ['another type', '{"resourceType":"Patient","id":"o1"}', 'another resource'],
    ['another id', '{"resourceType":"Observation","id":"o2"}', 'another resource'],
    ['no type', '{"id":"o1"}', 'no type'],
    ['a type that leaves the path', '{"resourceType":"../x","id":"o1"}', 'no type'],
    ['an id that is no id', '{"resourceType":"Observation","id":"o/1"}', 'no valid id'],
    ['a member twice', '{"resourceType":"Observation","id":"o1","subject":1,"subject":2}', 'twice'],
    [
      'a member twice, once with escapes',
      '{"resourceType":"Observation","id":"o1","a":{"b":1,"\\u0062":2}}',
      'twice',
    ],
    ['its type twice', '{"resourceType":"Patient","resourceType":"Observation","id":"o1"}', 'twice'],
    ['a number beyond a double', '{"resourceType":"Observation","id":"o1","value":1e400}', 'too large'],
    [
      'a hundred levels',
      `{"resourceType":"Observation","id":"o1","a":${'['.repeat(100)}${']'.repeat(100)}}`,
      'deeply',
    ],
    ['an endless nesting', '['.repeat(1_000_000), 'deeply'],
    ['a list', '[{"resourceType":"Observation","id":"o1"}]', 'not an object'],
    ['two values', '{"resourceType":"Observation","id":"o1"}{}', 'not JSON'],
    ['a comment', '{"resourceType":"Observation","id":"o1"/*:*/}', 'not JSON'],
    ['a string that does not end', '{"resourceType":"Observation","id":"o1', 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['a page', '{"resourceType":"Bundle","type":"searchset","entry":[]}', 'no valid id'],
  ])('with %s is refused', async (_name, text, reason) => {
    await expect(read(text)).rejects.toThrow(reason)
  })

  it('may have members with names such as __proto__', async () => {
    const text = '{"resourceType":"Observation","id":"o1","__proto__":{"subject":{"reference":"Patient/pa"}}}'
    const { resource, json } = await read(text)
    expect(resource.subject).toBeUndefined()
    expect(json).toBe(text)
  })
})

describe('addresses of the base', () => {
  const relative = async (resource: object) =>
    JSON.parse((await read(JSON.stringify(observation('o1', resource)))).json)

  it('become relative in references and attachments, also in the text that the decision is about', async () => {
    const text = `{"resourceType":"Observation","id":"o1","subject":{"reference":"${BASE}/Patient/pa"},"focus":[{"reference":"HTTP://UPSTREAM.example:80/fhir/Patient/pb/_history/2"}],"x":{"valueAttachment":{"url":"${BASE}/Binary/b"}},"v":1.50}`
    const { resource, json } = await read(text)
    expect(json).toBe(
      '{"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/pa"},"focus":[{"reference":"Patient/pb/_history/2"}],"x":{"valueAttachment":{"url":"Binary/b"}},"v":1.50}',
    )
    expect(resource.subject).toEqual({ reference: 'Patient/pa' })
  })

  it('become relative below names that are written with escapes', async () => {
    const text = `{"resourceType":"Observation","id":"o1","subject":{"\\u0072eference":"${BASE}/Patient/pa"}}`
    const { resource } = await read(text)
    expect(resource.subject).toEqual({ reference: 'Patient/pa' })
  })

  it('stay if they are names', async () => {
    const names = {
      url: `${BASE}/Questionnaire/q`,
      identifier: [{ system: `${BASE}/NamingSystem/mrn` }],
      extension: [
        { url: `${BASE}/StructureDefinition/s`, extension: [{ url: `${BASE}/StructureDefinition/t` }] },
      ],
      modifierExtension: [{ valueString: 'x', url: `${BASE}/StructureDefinition/u` }],
      reference: [`${BASE}/Patient/pa`, [{ a: `${BASE}/Patient/pa` }]],
    }
    expect(await relative(names)).toMatchObject(names)
  })

  it('of another server, or of something else, stay', async () => {
    for (const reference of [
      'http://upstream.example.evil/fhir/Patient/pa',
      'http://upstream.example/fhir2/Patient/pa',
      'https://upstream.example/fhir/Patient/pa',
      'http://x@upstream.example/fhir/Patient/pa',
      `${BASE}/Patient/pa?x`,
      `${BASE}/Patient`,
    ])
      expect((await relative({ subject: { reference } })).subject).toEqual({ reference })
  })

  it('work on a base without a path', async () => {
    const text =
      '{"resourceType":"Observation","id":"o1","subject":{"reference":"https://cloud.example/Patient/pa"}}'
    const { resource } = await readResource(text, ['https://cloud.example'], 'Observation', 'o1')
    expect(resource.subject).toEqual({ reference: 'Patient/pa' })
  })
})

describe('a page', () => {
  it('G02 holds every row in its order, including included ones, but no OperationOutcome', async () => {
    const { resources, next } = await page({
      total: 1_000_000,
      entry: [
        entry(observation('o1', { contained: [observation('c1')] })),
        entry({ resourceType: 'Patient', id: 'pb' }, 'include'),
        entry({ resourceType: 'OperationOutcome', issue: [] }, 'outcome'),
        entry(observation('o2')),
      ],
    })
    expect(resources.map(({ type, id }) => `${type}/${id}`)).toEqual([
      'Observation/o1',
      'Patient/pb',
      'Observation/o2',
    ])
    expect(resources[0]?.json).toBe(JSON.stringify(observation('o1', { contained: [observation('c1')] })))
    expect(next).toBeUndefined()
  })

  it('J36 with an entry that only names a resource is refused, because it would look empty', async () => {
    await expect(page({ entry: [{ fullUrl: 'urn:x' }] })).rejects.toThrow('no plain resource')
  })

  it('G04 with more than 5,000 rows is refused', async () => {
    const rows = (count: number) => ({
      entry: Array.from({ length: count }, (_, at) => entry(observation(`o${at}`))),
    })
    expect((await page(rows(5_000))).resources).toHaveLength(5_000)
    await expect(page(rows(5_001))).rejects.toThrow('too many entries')
  })

  it('with more than 400,000 values, or 50,000 of one row, is refused before it is parsed: too many values', async () => {
    const rows = (...values: number[]) =>
      `{"resourceType":"Bundle","type":"searchset","entry":[${values
        .map((count, at) => `{"resource":${large('1', count, `o${at}`)}}`)
        .join()}]}`
    expect((await page(rows(49_000, 49_000))).resources).toHaveLength(2)
    await expect(page(rows(1, 50_001, 1))).rejects.toThrow('too many values')
    await expect(page(rows(...Array(9).fill(49_000)))).rejects.toThrow('too many values')
  })

  it('of 20 rows lets others have a turn after each step of each row', async () => {
    let now = 0
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 6))
    const rows = Array.from({ length: 20 }, (_, at) => entry(observation(`o${at}`)))
    const { turn, stop } = countTurns()
    expect((await page({ entry: rows })).resources).toHaveLength(20)
    stop()
    vi.restoreAllMocks()
    expect(turn()).toBeGreaterThanOrEqual(60)
  })

  it('counts 50 bytes for each value beside its text, before it is parsed', async () => {
    const counted: number[] = []
    const text =
      '{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Observation","id":"o1","value":[1,2,3]}}]}'
    await readPage(text, [BASE], { type: 'Observation', receive: (bytes) => void counted.push(bytes) })
    expect(counted.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(10 * 50)
    const full = () => {
      throw new Error('full')
    }
    await expect(readPage('{"not":"parsed"', [BASE], { type: 'Observation', receive: full })).rejects.toThrow(
      'full',
    )
  })

  it.each([null, '3', -1, 1.5, [3], {}])('is refused if its total is %j', async (total) => {
    expect((await page({ total: 3 })).total).toBe(3)
    await expect(page({ total })).rejects.toThrow('total')
  })

  it('with more than 50,000 values outside of its rows is refused before it is parsed', async () => {
    const link = (count: number) => ({ category: Array(count).fill({}) })
    expect((await page(link(24_000))).resources).toEqual([])
    await expect(page(link(25_001))).rejects.toThrow('too many values')
  })

  it('is not kept by the text of a row', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc')
    const heapUsed = () => {
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    const textOf = async () => {
      const large = observation('large', { note: 'x'.repeat(5_000_000) })
      const { resources } = await page({
        entry: [entry(observation('o1', { note: 'small' })), entry(large)],
      })
      return resources[0]?.json
    }
    await textOf()
    const before = heapUsed()
    const texts: unknown[] = []
    while (texts.length < 10) texts.push(await textOf())
    expect(heapUsed() - before).toBeLessThan(5_000_000)
    expect(texts).toHaveLength(10)
  })

  it('is read the same with white space', async () => {
    const bundle = {
      resourceType: 'Bundle',
      type: 'searchset',
      entry: [entry(observation('o1', { value: 1.5 }))],
    }
    expect(await page(JSON.stringify(bundle, null, 2))).toEqual(await page(JSON.stringify(bundle)))
  })

  const BUNDLE = '"resourceType":"Bundle","type":"searchset"'
  const FOREIGN = '{"resourceType":"Observation","id":"foreign"}'
  const OWN = '{"resourceType":"Observation","id":"o1"}'
  test.each([
    [
      'a row of another type',
      JSON.stringify({
        resourceType: 'Bundle',
        type: 'searchset',
        entry: [entry({ resourceType: 'Patient', id: 'pb' })],
      }),
      'another type',
    ],
    ['a type that is not a page of a search', '{"resourceType":"Bundle","type":"history"}', 'not a page'],
    ['a resource instead of a page', OWN, 'not a page'],
    ['entries that are no list', `{${BUNDLE},"entry":{"x":{"resource":${OWN}}}}`, 'not a list'],
    ['an entry that is a list', `{${BUNDLE},"entry":[{"resource":${OWN}},[${FOREIGN}]]}`, 'not an object'],
    [
      'a resource beside the entries',
      `{${BUNDLE},"x":{"entry":[{"resource":${FOREIGN}}]},"entry":[{"resource":${OWN}}]}`,
      '',
    ],
    [
      'resources under another name',
      `{${BUNDLE},"x":[{"resource":${FOREIGN}}],"entry":[{"resourc\\u0065":${OWN}}]}`,
      'no plain resource',
    ],
    ['entries under an escaped name', `{${BUNDLE},"entr\\u0079":[{"resource":${OWN}}]}`, 'no plain resource'],
    [
      'its entries twice',
      `{${BUNDLE},"entry":[{"resource":${OWN}}],"entry":[{"resource":${FOREIGN}}]}`,
      'twice',
    ],
    [
      'its entries twice, once with escapes',
      `{${BUNDLE},"entry":[{"resource":${FOREIGN}}],"entr\\u0079":[{"resource":0}]}`,
      'twice',
    ],
    [
      'an entry with its resource twice',
      `{${BUNDLE},"entry":[{"resource":${FOREIGN},"resource":${OWN}}]}`,
      'twice',
    ],
    ['a number for a resource', `{${BUNDLE},"entry":[{"resource":0}]}`, 'no plain resource'],
    [
      'a number that is a placeholder for an entry',
      `{${BUNDLE},"entry":[{"resource":0,"x":[{"resource":${OWN}}]},{"resource":${OWN}}]}`,
      'no plain resource',
    ],
    [
      'a row with a member twice',
      `{${BUNDLE},"entry":[{"resource":{"resourceType":"Observation","id":"o1","id":"o2"}}]}`,
      'twice',
    ],
    [
      'a row without an id',
      `{${BUNDLE},"entry":[{"resource":{"resourceType":"Observation"}}]}`,
      'no valid id',
    ],
    ['a comma too many', `{${BUNDLE},"entry":[{"resource":${OWN}},]}`, 'not JSON'],
  ])('G04 with %s is refused', async (_name, text, reason) => {
    if (reason === '') return expect((await page(text)).resources.map(({ id }) => id)).toEqual(['o1'])
    await expect(page(text)).rejects.toThrow(reason)
  })
})

describe('G03 the link to the next page', () => {
  const next = (url: unknown, base = BASE) =>
    nextLink(
      [
        { relation: 'self', url: 'http://x' },
        { relation: 'next', url },
      ],
      [base],
    )

  it('is taken below the base, relative to it', () => {
    expect(next(`${BASE}?_getpages=a&_getpagesoffset=20`)).toBe('?_getpages=a&_getpagesoffset=20')
    expect(next(`${BASE}/Observation?_cursor=x%3D`)).toBe('/Observation?_cursor=x%3D')
    expect(next('Observation?page=2')).toBe('/Observation?page=2')
    expect(next('/fhir/Observation/_search?page=2')).toBe('/Observation/_search?page=2')
    expect(next('https://cloud.example/Patient?ct=1', 'https://cloud.example')).toBe('/Patient?ct=1')
    expect(nextLink([{ relation: 'self', url: BASE }], [BASE])).toBeUndefined()
    expect(nextLink(undefined, [BASE])).toBeUndefined()
  })

  test.each([
    'http://10.0.0.5:8080/fhir?_getpages=a',
    'https://upstream.example/fhir?_getpages=a',
    'http://upstream.example:8080/fhir?_getpages=a',
    'http://upstream.example.evil/fhir?_getpages=a',
    'http://upstream.example@evil/fhir?x',
    'http://x:y@upstream.example/fhir?x',
    'http://upstream.example/admin?x',
    'http://upstream.example/fhir2?x',
    `${BASE}/../admin?x`,
    `${BASE}/%2e%2e/admin?x`,
    `${BASE}/..%2fadmin?x`,
    `${BASE}/a%2f..%2f..%2fadmin?x`,
    `${BASE}/..;/admin?x`,
    `${BASE}//evil/x`,
    '//evil/fhir?x',
    '\\\\evil\\fhir',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://[',
    `${BASE}?x=${'a'.repeat(4_000)}`,
    '',
    7,
    null,
  ])('that leads elsewhere is refused: %s', (url) => {
    if (url === '') return expect(next(url)).toBe('/')
    expect(() => next(url)).toThrow('link to the next page')
  })

  it('J45 is taken below another name of the base, relative to it', () => {
    const links = [{ relation: 'next', url: 'http://10.0.0.5:8080/r4?_getpages=a' }]
    expect(nextLink(links, [BASE, 'http://10.0.0.5:8080/r4'])).toBe('?_getpages=a')
    expect(() => nextLink(links, [BASE, 'http://10.0.0.5:8080/r5'])).toThrow('link to the next page')
  })

  it('is checked again before it is followed', () => {
    expect(requireLink('?_getpages=a', BASE)).toBe('?_getpages=a')
    for (const link of ['@evil/', '.evil/x', '/../admin', '//evil', '/..%2fx', ':80/x'])
      expect(() => requireLink(link, BASE), link).toThrow('link to the next page')
  })

  it.each([
    ['an object', { relation: 'next', url: BASE }],
    ['a text', `<${BASE}>; rel="next"`],
    ['null', null],
    ['a list in a list', [[{ relation: 'next', url: BASE }]]],
    ['a list with a text', [{ relation: 'self', url: BASE }, BASE]],
    ['a link whose relation is a list', [{ relation: ['next'], url: BASE }]],
    ['a link without a relation', [{ url: BASE }]],
  ])('is not taken for absent: %s', async (_what, link) => {
    await expect(page({ link })).rejects.toThrow('not a list of links')
  })

  it('that leads to its own page is refused', async () => {
    const bundle = { link: [{ relation: 'next', url: `${BASE}?_getpages=a` }] }
    expect((await page(bundle)).next).toBe('?_getpages=a')
    expect((await page(bundle, '?_getpages=b')).next).toBe('?_getpages=a')
    await expect(page(bundle, '?_getpages=a')).rejects.toThrow('its next page is itself')
  })
})

test('G05 only codes that R4 lists are quoted of a refusal, each once', () => {
  const outcome = (code: string, detail: string) =>
    JSON.stringify({
      resourceType: 'OperationOutcome',
      issue: [
        { code, diagnostics: 'Patient/pa-1 is Jane Doe' },
        { code: 'Jane Doe', details: { coding: [{ code: detail }], text: 'No.' } },
        { code },
      ],
    })
  expect(quoteRefusal(outcome('processing', 'MSG_PARAM_UNKNOWN'))).toBe('processing MSG_PARAM_UNKNOWN')
  expect(quoteRefusal(outcome('too-costly', 'Smith.Jane-1980-01-15'))).toBe('too-costly')
  expect(quoteRefusal(outcome('smith-jane', 'MSG_SMITH_JANE'))).toBeUndefined()
  expect(quoteRefusal('<html>Jane Doe</html>')).toBeUndefined()
})
