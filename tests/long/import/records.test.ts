import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  type Failure,
  type ImportReport,
  importFiles,
  type Refusal,
} from '../../../server/cli/import/import-records.ts'
import { inputFiles } from '../../../server/cli/import/input-files.ts'
import { LARGEST } from '../../../server/cli/import/records.ts'
import { openStore } from '../../../server/start/open-database.ts'
import type { Store } from '../../../server/store/store.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-import-'))
  store = await openStore(`sqlite:${join(folder, 'test.db')}`)
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const importText = async (name: string, content: string | Buffer) => {
  const file = join(folder, name)
  await writeFile(file, content)
  return imported([file])
}

interface Watched extends Omit<ImportReport, 'failures'> {
  readonly refusals: readonly Refusal[]
  readonly failures: readonly Failure[]
}

const imported = async (files: string[]): Promise<Watched> => {
  const refusals: Refusal[] = []
  const failures: Failure[] = []
  const report = await importFiles(store, files, Date.now, {
    onRefused: (refusal) => refusals.push(refusal),
    onFailed: (failure) => failures.push(failure),
  })
  expect(report.failures).toBe(failures.length)
  return { ...report, refusals, failures }
}

const stored = async (type: string, id: string): Promise<string | undefined> =>
  (
    await store.db
      .selectFrom('resource')
      .select('json')
      .where('type', '=', type)
      .where('id', '=', id)
      .executeTakeFirst()
  )?.json

const sums = ({ counts }: Pick<ImportReport, 'counts'>) => Object.fromEntries(counts)
const weight = (id: string, value: string) =>
  `{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"w"},"valueQuantity":{"value":${value}}}`

it('imports a resource, and keeps a decimal as it was written', async () => {
  const report = await importText(
    'one.json',
    JSON.stringify(JSON.parse(weight('w', '1')), null, 2).replace('"value": 1', '"value": 1.10'),
  )
  expect(sums(report)).toEqual({ Observation: { created: 1, replaced: 0, unchanged: 0, refused: 0 } })
  expect(await stored('Observation', 'w')).toContain('"value":1.10}')
})

it('imports each resource of a Bundle with its decimals, whatever its type', async () => {
  const entries = [weight('a', '72.50'), weight('b', '7.0e1')].map((resource) => `{"resource":${resource}}`)
  const report = await importText(
    'bundle.json',
    `{"resourceType":"Bundle","type":"searchset",\n"entry":[${entries}]}`,
  )
  expect(sums(report)).toEqual({ Observation: { created: 2, replaced: 0, unchanged: 0, refused: 0 } })
  expect(await stored('Observation', 'a')).toContain('"value":72.50}')
  expect(await stored('Observation', 'b')).toContain('"value":7.0e1}')
})

it('imports NDJSON of any line length, across batches, with a byte order mark and blank lines', async () => {
  const lines = Array.from({ length: 1203 }, (_, n) => weight(`n${n}`, '80.0'))
  const note = `{"resourceType":"Observation","id":"long","status":"final","code":{"text":"${'é'.repeat(400_000)}"}}`
  const report = await importText('many.ndjson', `\uFEFF${lines.join('\r\n')}\n\n${note}\n`)
  expect(sums(report)).toEqual({ Observation: { created: 1204, replaced: 0, unchanged: 0, refused: 0 } })
  expect(await stored('Observation', 'n1202')).toContain('"value":80.0}')
  expect(await stored('Observation', 'long')).toContain('é'.repeat(400_000))
})

it('says that a resource replaced another', async () => {
  await importText('first.json', weight('w', '80'))
  const report = await importText('second.ndjson', `${weight('w', '81')}\n${weight('w', '82')}`)
  expect(sums(report)).toEqual({ Observation: { created: 0, replaced: 2, unchanged: 0, refused: 0 } })
  expect(await stored('Observation', 'w')).toContain('"value":82}')
})

it('keeps the decimals of a resource that replaces another, under its next version', async () => {
  const report = await importText('both.ndjson', `${weight('w', '1')}\n${weight('w', '1.10')}`)
  expect(sums(report)).toEqual({ Observation: { created: 1, replaced: 1, unchanged: 0, refused: 0 } })
  expect(await stored('Observation', 'w')).toMatch(/"versionId":"2",.*"value":1\.10}/)
})

it('names each refused resource with its place and reason, and imports the rest', async () => {
  const lines = [
    weight('good', '1'),
    weight('bad_id', '2'),
    '{"resourceType":"Patient"}',
    '[1]',
    'null',
    '"text"',
    '7',
  ]
  const report = await importText('mixed.ndjson', lines.join('\n'))
  expect(sums(report)).toEqual({
    Observation: { created: 1, replaced: 0, unchanged: 0, refused: 1 },
    Patient: { created: 0, replaced: 0, unchanged: 0, refused: 1 },
    'not a resource': { created: 0, replaced: 0, unchanged: 0, refused: 4 },
  })
  expect(report.refusals.map(({ place, name, code }) => [place, name, code])).toEqual([
    ['line 2', 'Observation/bad_id', 'invalid-id'],
    ['line 3', 'Patient', 'missing-id'],
    ['line 4', 'not a resource', 'not-a-resource'],
    ['line 5', 'not a resource', 'not-a-resource'],
    ['line 6', 'not a resource', 'not-a-resource'],
    ['line 7', 'not a resource', 'not-a-resource'],
  ])
})

it('names Bundle entries without a resource', async () => {
  const report = await importText(
    'bundle.json',
    `{"resourceType":"Bundle","entry":[null,{"request":{"method":"DELETE"}},3,{"resource":${weight('w', '1')}}]}`,
  )
  expect(report.refusals.map(({ place }) => place)).toEqual([
    'line 1, entry 1',
    'line 1, entry 2',
    'line 1, entry 3',
  ])
  expect(await stored('Observation', 'w')).toBeDefined()
})

it('reads files that are packed with gzip, NDJSON and a single text, also in a folder', async () => {
  const packed = join(folder, 'packed')
  await mkdir(packed)
  await writeFile(join(packed, 'lines.ndjson.gz'), gzipSync(`${weight('a', '1')}\n${weight('b', '2')}`))
  const pretty = JSON.stringify(JSON.parse(weight('c', '3')), null, 2)
  await writeFile(join(packed, 'one.json.gz'), gzipSync(pretty))
  expect(await inputFiles([packed])).toHaveLength(2)
  const report = await imported(await inputFiles([packed]))
  expect(sums(report)).toEqual({ Observation: { created: 3, replaced: 0, unchanged: 0, refused: 0 } })
})

it('refuses a small packed file that would become a large text', { timeout: 30_000 }, async () => {
  const report = await importText('bomb.json.gz', gzipSync(`[\n${' '.repeat(LARGEST)}`))
  expect(report.failures).toMatchObject([{ reason: expect.stringMatching(/larger than 100 MB/) }])
})

it('reports a line that is not JSON and continues reading', async () => {
  const report = await importText(
    'torn.ndjson',
    `${weight('a', '1')}\n{"resourceType":"Obs\n${weight('b', '1')}`,
  )
  expect(sums(report)).toEqual({ Observation: { created: 2, replaced: 0, unchanged: 0, refused: 0 } })
  expect(report.failures).toMatchObject([{ reason: expect.stringMatching(/^line 2 is not JSON/) }])
})

it.each([
  ['empty.json', '', /the file is empty/],
  ['page.html', '<html>\n</html>', /it is not JSON/],
  ['page.json.gz', '<html>', /not gzip, although its name ends with .gz/],
  ['cut.ndjson.gz', gzipSync(weight('a', '1')).subarray(0, 40), /packed with gzip, and cut off/],
  ['latin1.json.gz', gzipSync(Buffer.from('"Müller"', 'latin1')), /not UTF-8/],
  [
    'latin1.json',
    Buffer.from('{"resourceType":"Patient","id":"x","name":[{"family":"Müller"}]}', 'latin1'),
    /not UTF-8/,
  ],
])('reports %s, which cannot be read, and stores nothing of it', async (name, content, reason) => {
  const report = await importText(name, content)
  expect(report.failures).toMatchObject([{ reason: expect.stringMatching(reason) }])
  expect(sums(report)).toEqual({})
})

it('reports a missing file and a folder and reads the others', async () => {
  const file = join(folder, 'good.json')
  await writeFile(file, weight('w', '1'))
  const report = await imported([join(folder, 'absent.json'), folder, file])
  expect(report.failures.map(({ reason }) => reason)).toEqual(['there is no such file', 'it is a folder'])
  expect(await stored('Observation', 'w')).toBeDefined()
})

it.each([
  ['a Bundle of many lines', '{\n"resourceType":"Bundle","entry":[],"x":"'],
  ['a line', `${weight('first', '1')}\n`],
])('reports %s that is larger than allowed, and reads the other files', async (_what, start) => {
  const file = join(folder, 'good.json')
  await writeFile(file, weight('w', '1'))
  const large = join(folder, 'large.json')
  await writeFile(large, `${start}${'x'.repeat(LARGEST + 1)}`)
  const report = await imported([large, file])
  expect(report.failures).toMatchObject([
    { reason: expect.stringMatching(/^a JSON text is larger than 100 MB/) },
  ])
  expect(await stored('Observation', 'w')).toBeDefined()
})

it('refuses a resource that is nested too deeply and imports the next one', async () => {
  const deep = `{"resourceType":"Patient","id":"deep","extension":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
  const report = await importText('deep.ndjson', `${deep}\n${weight('w', '1')}`)
  expect(report.refusals).toMatchObject([{ name: 'Patient/deep', code: 'too-deep' }])
  expect(await stored('Observation', 'w')).toBeDefined()
})

it('reports a Bundle that is nested too deeply and continues reading', async () => {
  const deep = `{"resourceType":"Bundle","entry":[{"resource":${'['.repeat(200_000)}${']'.repeat(200_000)}}]}`
  const report = await importText('deep.ndjson', `${deep}\n${weight('w', '1')}`)
  expect(report.failures).toMatchObject([{ reason: 'the Bundle in line 1 is nested too deeply to be read' }])
  expect(await stored('Observation', 'w')).toBeDefined()
})
