import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Failure, importFiles, type Refusal } from '../../server/cli/import/import-records.ts'
import { attack } from './attack.ts'

const anna = attack()

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-import-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Imports a file as `npm run fhir:import` does, into the database of a running server. */
const importing = async (content: string | Buffer) => {
  const file = join(folder, 'file.json')
  await writeFile(file, content)
  const refusals: Refusal[] = []
  const failures: Failure[] = []
  const { counts } = await importFiles(anna.server.store, [file], Date.now, {
    onRefused: (refusal) => void refusals.push(refusal),
    onFailed: (failure) => void failures.push(failure),
  })
  const total = [...counts.values()].reduce(
    (sum, { created, replaced, unchanged }) => sum + created + replaced + unchanged,
    0,
  )
  return { stored: total, refusals, failures }
}

const own = '"subject":{"reference":"Patient/pa"}'
const weight = (id: string, more: string) =>
  `{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"w"},${own},${more}}`
const textOf = async (id: string) => (await anna.send(`/fhir/Observation/${id}`, { as: 'TA' })).text

describe('C02 a deeply nested file is refused, and the next one is imported', () => {
  test.each([
    ['opened 100,000 times', '['.repeat(100_000)],
    ['opened 20,000 times', '{"extension":['.repeat(20_000)],
    ['a resource, 20,000 deep', weight('deep', `"component":${nest('[', ']', 20_000)}`)],
    [
      'an extension, 100,000 deep',
      weight('deep', `"extension":${nest('[{"extension":', '}]', 100_000, '[]')}`),
    ],
    ['in a Bundle', `{"resourceType":"Bundle","entry":[{"resource":${nest('[', ']', 200_000)}}]}`],
    [
      'Bundles in Bundles',
      nest('{"resourceType":"Bundle","entry":[{"resource":', '}]}', 50_000, weight('deep', '"value":1')),
    ],
  ])('%s', async (_name, content) => {
    const { stored, refusals, failures } = await importing(`${weight('before', '"x":1')}\n${content}\n`)
    expect(stored).toBe(1)
    expect(refusals.length + failures.length).toBe(1)
    expect((await importing(weight('after', '"x":1'))).stored).toBe(1)
    expect(await textOf('deep')).toContain('OperationOutcome')
  })
})

test.each([
  ['small', 0],
  ['large, which is prepared on a thread of its own', 50_000],
])('C02 an imported resource, however deep, is served whole and in part: %s', async (_size, length) => {
  for (const depth of [500, 1000, 2000, 3000, 4000, 5000, 6000, 8000, 10_000]) {
    const more = `"component":${nest('[', ']', depth)},"x":1.10,"y":"${'y'.repeat(length)}"`
    const { stored } = await importing(weight('nested', more))
    if (stored === 0) break
    expect((await anna.send('/fhir/Observation/nested', { as: 'TA' })).status, `${depth} deep`).toBe(200)
    for (const query of ['_id=nested', '_id=nested&_elements=status'])
      expect((await anna.send(`/fhir/Observation?${query}`, { as: 'TA' })).status, `${depth} deep`).toBe(200)
  }
})

function nest(open: string, close: string, depth: number, inside = ''): string {
  return open.repeat(depth) + inside + close.repeat(depth)
}

describe('C03 a resource with names such as __proto__ changes nothing but itself', () => {
  test.each([
    ['__proto__', '"__proto__":{"isAdmin":true,"subject":{"reference":"Patient/pb"}}'],
    ['constructor.prototype', '"constructor":{"prototype":{"isAdmin":true}},"prototype":{"isAdmin":true}'],
    ['deeper', '"code":{"__proto__":{"coding":[{"code":"polluted"}]},"text":"w"}'],
    ['extensions', '"extension":[{"url":"x","__proto__":{"valueString":"polluted"}}]'],
  ])('%s', async (_name, more) => {
    await importing(`{"resourceType":"Observation","id":"proto","status":"final",${own},${more}}`)
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
    expect(({} as { coding?: unknown }).coding).toBeUndefined()
    // It is in pa's record only, and is found by its own content.
    const result = await anna.send('/fhir/Observation?code=polluted', { as: 'TA' })
    expect(result.json.total).toBe(0)
    const { db } = anna.server.store
    const compartments = await db
      .selectFrom('compartment')
      .innerJoin('resource', 'resource.key', 'compartment.key')
      .select('compartment.patient')
      .where('resource.id', '=', 'proto')
      .execute()
    expect(compartments.map(({ patient }) => patient)).toEqual(['pa'])
    expect((await anna.send('/fhir/Patient/pa', { as: 'TA' })).text).not.toContain('isAdmin')
  })

  test('a type or an id of such a name is refused', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const { stored, refusals } = await importing(`{"resourceType":"${name}","id":"x"}`)
      expect([stored, refusals.length]).toEqual([0, 1])
    }
  })
})

describe('C04 a file that is not JSON in UTF-8 is refused with its reason', () => {
  const good = weight('text', '"x":1')
  test.each<[string, string | Buffer, RegExp]>([
    ['truncated', good.slice(0, -3), /not JSON/],
    ['UTF-16', Buffer.from(`\uFEFF${good}`, 'utf16le'), /not UTF-8|not JSON/],
    ['invalid UTF-8', Buffer.from(good.replace('"w"', '"\xc3("'), 'latin1'), /not UTF-8/],
    ['an overlong NUL', Buffer.from(good.replace('"w"', '"\xc0\x80"'), 'latin1'), /not UTF-8/],
    ['a surrogate in UTF-8', Buffer.from(good.replace('"w"', '"\xed\xa0\x80"'), 'latin1'), /not UTF-8/],
    ['a NUL', `${good.slice(0, -1)}\0}`, /not JSON/],
    ['a NUL in a string', good.replace('"w"', '"w\0"'), /not JSON/],
    ['no number', good.replace('"x":1', '"x":NaN'), /not JSON/],
    ['a number with a zero before it', good.replace('"x":1', '"x":01'), /not JSON/],
  ])('%s', async (_name, content, reason) => {
    const { stored, failures } = await importing(content)
    expect(stored).toBe(0)
    expect(failures).toMatchObject([{ reason: expect.stringMatching(reason) }])
  })

  test('a byte order mark is ignored', async () => {
    expect((await importing(`\uFEFF${good}`)).stored).toBe(1)
  })
})

describe('C04 a value that JSON allows but a database cannot store is kept, or refused without the rest', () => {
  test.each([
    ['NUL', '\\u0000'],
    ['a lone surrogate', '\\ud800'],
    ['a surrogate pair the wrong way round', '\\udc00\\ud800'],
    ['a noncharacter', '\\uffff'],
  ])('%s', async (_name, escaped) => {
    const strange = `{"resourceType":"Patient","id":"strange","name":[{"family":"Sma${escaped}ll"}],"identifier":[{"system":"urn:x","value":"1${escaped}2"}]}`
    const { stored, refusals } = await importing(`${strange}\n${weight('follows', '"x":1')}`)
    expect(stored + refusals.length).toBe(2)
    expect(await textOf('follows')).toContain('"id":"follows"')
    const answer = await anna.send('/fhir/Patient/strange', { as: 'TC' })
    expect(answer.status).toBe(refusals.length === 0 ? 200 : 404)
    if (answer.status === 200) expect(answer.json.name[0].family).toBe(JSON.parse(`"Sma${escaped}ll"`))
  })
})

describe('C04 a number keeps its digits from the file to the answer', () => {
  const digits = '7'.repeat(4000)
  test.each([
    '1.10',
    '100.0',
    '1.0e3',
    '1E-7',
    '0.1234567890123456789',
    '-0',
    '-0.0',
    '0.0',
    '12345678901234567890',
    `0.${digits}`,
  ])('%.30s', async (number) => {
    expect((await importing(weight('number', `"valueQuantity":{"value":${number}}`))).stored).toBe(1)
    expect(await textOf('number')).toContain(`"value":${number}}`)
    const bundle = await anna.send('/fhir/Observation?_id=number', { as: 'TA' })
    expect(bundle.text).toContain(`"value":${number}}`)
  })

  test('in every resource of a Bundle', async () => {
    const entries = ['1.10', '2.50'].map((value, n) =>
      weight(`in-bundle-${n}`, `"valueQuantity":{"value":${value}}`),
    )
    const bundle = `{"resourceType":"Bundle","entry":[${entries.map((it) => `{"resource":${it}}`)}]}`
    expect((await importing(bundle)).stored).toBe(2)
    expect(await textOf('in-bundle-0')).toContain('"value":1.10}')
    expect(await textOf('in-bundle-1')).toContain('"value":2.50}')
  })

  test.each(['1e999', '-1e400', digits])(
    "%.30s does not fit any parser's numbers, and is refused",
    async (number) => {
      const { stored, refusals, failures } = await importing(
        weight('huge', `"valueQuantity":{"value":${number}}`),
      )
      expect(stored).toBe(0)
      expect(refusals.length + failures.length).toBe(1)
    },
  )
})
