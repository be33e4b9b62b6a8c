import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../server/query/parse-query.ts'

const BASE = 'https://clinic.test/fhir'
const parse = (type: string, query: string, strict = false) =>
  parseQuery(type, new URLSearchParams(query), { base: BASE, strict })
const onlyFilter = (type: string, query: string) => {
  const { filters } = parse(type, query)
  expect(filters).toHaveLength(1)
  return filters[0]
}

describe('values', () => {
  test('in a list are alternatives, and repeated parameters must all match', () => {
    expect(onlyFilter('Patient', 'family=Doe,Roe')).toMatchObject({ any: [{ text: 'doe' }, { text: 'roe' }] })
    expect(parse('Patient', 'given=a&given=b').filters).toHaveLength(2)
  })

  test('keep characters that a backslash escapes', () => {
    expect(onlyFilter('Patient', String.raw`family:exact=a\,b,c\\d`)).toMatchObject({
      any: [{ text: 'a,b' }, { text: String.raw`c\d` }],
    })
    expect(onlyFilter('Patient', String.raw`identifier=a\|b|c`)).toMatchObject({
      any: [{ system: 'a|b', code: 'c' }],
    })
  })

  test.each([
    ['female', { code: 'female' }],
    ['urn:x|female', { system: 'urn:x', code: 'female' }],
    ['|female', { system: 'http://hl7.org/fhir/administrative-gender', code: 'female' }],
    ['urn:x|', { system: 'urn:x' }],
  ])('of a token: %s', (value, token) => {
    expect(onlyFilter('Patient', `gender=${value}`)).toMatchObject({ any: [token] })
  })

  test.each([
    ['patient=pa', ['Patient'], 'pa'],
    ['patient=Patient/pa', ['Patient'], 'pa'],
    ['patient=Group/pa', [], 'pa'],
    ['subject=Patient/pa', ['Patient'], 'pa'],
    ['subject=Patient/pa/_history/2', ['Patient'], 'pa'],
    [`subject=${BASE}/Patient/pa`, ['Patient'], 'pa'],
    ['subject:Patient=pa', ['Patient'], 'pa'],
    ['subject:Patient=Device/pa', [], 'pa'],
    ['subject=https://clinic.test:444/fhir/Patient/pa', [], ''],
    ['subject=https://clinic.test/fhirs/Patient/pa', [], ''],
    ['subject=https://clinic.test@evil.test/fhir/Patient/pa', [], ''],
    ['subject=https://clinic.test/fhir/../fhir/Patient/pa', ['Patient'], 'pa'],
  ])('of a reference: %s', (query, types, id) => {
    expect(onlyFilter('Observation', query)).toMatchObject({ param: 'subject', any: [{ types, id }] })
  })

  test('of a date have a prefix and an interval', () => {
    expect(onlyFilter('Patient', 'birthdate=ge1980')).toMatchObject({
      any: [{ prefix: 'ge', low: Date.UTC(1980, 0), high: Date.UTC(1981, 0) }],
    })
    expect(onlyFilter('Patient', 'birthdate=1980')).toMatchObject({ any: [{ prefix: 'eq' }] })
  })

  test('of a quantity have a prefix, a precision and a unit', () => {
    const only = (query: string) => onlyFilter('Observation', `value-quantity=${query}`)
    expect(only('5.4')).toEqual({
      kind: 'quantity',
      param: 'value-quantity',
      any: [{ prefix: 'eq', value: 5.4, from: 5.35, to: 5.45 }],
    })
    expect(only('gt5.40||mg')).toMatchObject({
      any: [{ prefix: 'gt', value: 5.4, from: 5.395, to: 5.405, unit: 'mg' }],
    })
    expect(only('-100|http://unitsofmeasure.org|mg')).toMatchObject({
      any: [{ value: -100, from: -100.5, to: -99.5, system: 'http://unitsofmeasure.org', unit: 'mg' }],
    })
  })

  test('of :missing are true or false, about the indexed values of the parameter', () => {
    expect(onlyFilter('Patient', 'name:missing=true')).toEqual({
      kind: 'missing',
      valueKind: 'string',
      param: 'name',
      missing: true,
    })
    expect(onlyFilter('Observation', 'patient:missing=false')).toEqual({
      kind: 'missing',
      valueKind: 'reference',
      param: 'subject',
      types: ['Patient'],
      missing: false,
    })
  })

  test('of a reference to any type may be of every named type; a bare id means the stored types', () => {
    expect(onlyFilter('Observation', 'focus=Task/1')).toMatchObject({ any: [{ types: ['Task'], id: '1' }] })
    expect(onlyFilter('Observation', 'focus=1')).toMatchObject({
      any: [{ types: expect.arrayContaining(['Patient', 'Observation']), id: '1' }],
    })
  })
})

describe('a search is refused for', () => {
  test.each([
    ['Patient', 'name:missing=maybe'],
    ['Patient', '_id:missing=true'],
    ['Patient', '_lastUpdated:missing=true'],
    ['AuditEvent', 'agent:missing=true'],
    ['Patient', 'gender:not=male'],
    ['Patient', 'name:text=x'],
    ['Patient', `name=${'x'.repeat(300)}`],
    // Shorter once it is folded, and with a time that grows with the square of its marks.
    ['Patient', `name=a${'\u0301'.repeat(300)}`],
    // Longer once it is folded.
    ['Patient', `name=${'\uFDFA'.repeat(50)}`],
    ['Patient', 'general-practitioner:identifier=x'],
    ['Patient', '_lastUpdated=gt2020-01-01%00'],
    ['Patient', 'birthdate=ge2000-01-01T25:99'],
    ['Patient', 'birthdate=lt'],
    ['Observation', 'code:in=http://x.test/ValueSet/1'],
    ['Observation', 'value-quantity=high'],
    ['Observation', 'value-quantity=1e999|x|y'],
    ['Observation', 'value-quantity=5.4|mg'],
    ['Observation', 'value-quantity=5.4|a|b|c'],
    ['Observation', 'value-quantity=ap5.4'],
    ['Observation', 'focus:Unheard=x'],
    ['Patient', 'name:exact:exact=x'],
    ['Patient', 'unknown:exact=x'],
    ['Patient', 'toString=x&_filter=y'],
    ['Patient', 'name:soundex='],
    ['Patient', 'name=a,,b'],
    ['Patient', 'name=%00'],
    ['Patient', 'name=%CC%81'],
    ['Patient', 'birthdate=ap1980'],
    ['Patient', 'birthdate=date'],
    ['Patient', '_sort=date'],
    ['Patient', '_count=1.5'],
    ['Patient', '_count=1&_count=2'],
    ['Observation', 'subject.name=x'],
    ['Observation', 'subject:Group.name=x'],
    ['Observation', 'subject:Practitioner=x'],
    ['Observation', 'patient=not%20an%20id'],
    ['Observation', '_sort=date,code'],
    ['Observation', '_sort=date&_sort=-date'],
    ['Observation', '_has:Observation:patient:code=x'],
    ['Observation', '_revinclude:iterate=*'],
  ])('%s?%s', (type, query) => {
    expect(() => parse(type, query)).toThrow(expect.objectContaining({ status: 400 }))
  })
})

test('a parameter without a value does not limit the search, and is named', () => {
  const query = parse('Patient', 'name=&gender:missing=&_sort=&_include=&family=doe', true)
  expect(query).toMatchObject({
    filters: [{ param: 'family' }],
    withoutValue: ['name', 'gender:missing', '_sort', '_include'],
    text: 'family=doe',
  })
  expect(query).not.toHaveProperty('sort')
})

describe('a refusal names what would be taken', () => {
  test.each([
    ['Patient', 'shoe=44', /shoe is not supported\. These are: _id, .*\bname\b.*_sort.*_revinclude/],
    ['AuditEvent', 'shoe=44', /These are: _id, .*patient\.identifier, .*_elements, _format/],
    ['Patient', 'name:soundex=x', /: name takes :exact, :contains, :missing\./],
    ['Patient', '_id:exact=x', /: _id takes no modifier\./],
    ['Patient', '_sort=shoe', /_sort takes one of name, birthdate, _lastUpdated, _id;/],
    ['AuditEvent', '_sort=_id', /_sort takes one of date, _lastUpdated;/],
    ['Observation', '_include=Observation:shoe', /It takes .*Observation:subject, /],
    ['Observation', '_include=Observation:subject:Shoe', /It takes .*Observation:subject:Patient/],
    ['Patient', 'birthdate=ap1980', /prefixes eq, ne, gt, lt, ge, le, sa, eb/],
    ['Patient', '_total=most', /_total takes none, estimate or accurate/],
  ])('%s?%s', (type, query, sentence) => {
    expect(() => parse(type, query, true)).toThrow(sentence)
  })
})

test('an unknown parameter is left out of the used ones, or refused if handling is strict', () => {
  expect(parse('Patient', 'shoe=44&family=doe&_format=json&_pretty=true').text).toBe('family=doe')
  expect(parse('Patient', 'toString=1').filters).toEqual([])
  expect(() => parse('Patient', 'shoe=44', true)).toThrow(expect.objectContaining({ status: 400 }))
})

test.each([
  ['Patient', String.raw`name:exact=J\,D&birthdate=ge1980&_count=999`],
  ['Patient', '_summary=count&_count=5&_total=none&_lastUpdated=ge2024'],
  ['Observation', '_sort=-_lastUpdated&_elements=value,code&_include=Observation:subject:Patient'],
  ['Observation', '_revinclude=DiagnosticReport:result&_revinclude=Provenance:target'],
])('a used search can be sent again and means the same: %s?%s', (type, request) => {
  const query = parse(type, request, true)
  expect(parse(type, query.text, true)).toEqual(query)
})

test('an included resource is found by a reference from the type or to it', () => {
  expect(parse('Observation', '_include=Observation:patient').includes).toEqual([
    { direction: 'out', source: 'Observation', param: 'subject', targets: ['Patient'] },
  ])
  expect(parse('Observation', '_revinclude=DiagnosticReport:result').includes).toEqual([
    { direction: 'in', source: 'DiagnosticReport', param: 'result', targets: ['Observation'] },
  ])
  expect(parse('Patient', '_revinclude=Provenance:target').includes).toMatchObject([{ targets: ['Patient'] }])
  expect(() => parse('Observation', '_include=Observation:subject&'.repeat(11))).toThrow(
    expect.objectContaining({ status: 400 }),
  )
})

test.each(['a', '/', '|', ' ', '\\', ','])('50,000 times %j is parsed quickly', (character) => {
  const value = encodeURIComponent(`${character.repeat(50_000)}!`)
  const start = performance.now()
  for (const param of ['name', 'identifier', 'birthdate', '_id'])
    try {
      parse('Patient', `${param}=${value}`)
    } catch {}
  try {
    parse('Observation', `subject=${value}`)
  } catch {}
  // Linear steps take milliseconds, quadratic ones a minute, however busy the machine is.
  expect(performance.now() - start).toBeLessThan(5_000)
})

describe('J13 values that no index narrows', () => {
  test.each([
    ['name:contains=', (at: number) => `part${at}`],
    ['birthdate=', (at: number) => `gt19${10 + at}`],
    ['_lastUpdated=', (at: number) => `ne20${10 + at}`],
    ['identifier=', (at: number) => `urn:system-${at}|`],
  ])('are five at most: %s', (name, value) => {
    const query = (many: number) => `${name}${Array.from({ length: many }, (_, at) => value(at)).join()}`
    expect(parse('Patient', query(5)).filters).toHaveLength(1)
    expect(() => parse('Patient', query(6))).toThrow(/5 values at most with :contains/)
  })

  test('are counted over all parameters; others are not among them', () => {
    const five = 'name:contains=a&family:contains=b&birthdate=ge1930&birthdate=lt1940&gender:missing=true'
    expect(
      parse('Patient', `${five}&identifier=urn:x|1,urn:x|2&given=a,b,c&birthdate=1935`).filters,
    ).toHaveLength(8)
    expect(() => parse('Patient', `${five}&telecom:missing=false`)).toThrow(/5 values at most/)
    expect(() => parse('Observation', 'value-quantity=gt1,gt2,gt3,gt4,gt5,gt6')).toThrow(/5 values at most/)
  })
})

describe('J13 filters', () => {
  const words = (many: number) => Array.from({ length: many }, (_, at) => `code=${at}`)

  test('are twelve at most', () => {
    expect(parse('Observation', words(12).join('&')).filters).toHaveLength(12)
    expect(() => parse('Observation', words(13).join('&'))).toThrow(/12 different filters at most/)
  })

  test('count once if they are repeated, and stay in the address of the search', () => {
    const query = parse('Observation', `${Array(20).fill('code=a,b').join('&')}&status=final&status=final`)
    expect(query.filters).toHaveLength(2)
    expect(query.usedParameters).toHaveLength(22)
    expect(new Set(query.usedParameters.map(({ filter }) => filter))).toEqual(new Set(query.filters))
  })
})
