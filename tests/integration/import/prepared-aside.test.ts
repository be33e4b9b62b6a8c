import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { importFiles } from '../../../server/cli/import/import-records.ts'
import { openStore } from '../../../server/start/open-database.ts'
import type { Store } from '../../../server/store/store.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-aside-'))
  store = await openStore(`sqlite:${join(folder, 'test.db')}`)
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

/** A line of 500 characters: a file of many is read, and prepared on a thread of its own, in several parts. */
const patient = (id: string, more: object = {}) =>
  JSON.stringify({
    resourceType: 'Patient',
    id,
    identifier: [{ system: 'urn:mrn', value: id }],
    name: [{ family: 'Stone', text: 's'.repeat(350) }],
    ...more,
  })
const observation = (id: string, subject: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'weight' },
  subject: { reference: subject },
})

test('a large file is imported in the order of its lines, whichever thread prepares them', async () => {
  const lines = Array.from({ length: 1200 }, (_, at) => patient(`p${at}`))
  lines[100] = patient('bad_id')
  lines[300] = '{"resourceType":'
  lines[500] = patient('p7', { birthDate: '1980-01-15' })
  lines[700] = JSON.stringify(observation('conditional', 'Patient?identifier=urn:mrn|p699'))
  lines[701] = patient('later', { gender: 'f' })
  lines[900] = JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      {
        fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
        resource: JSON.parse(patient('in-bundle')),
      },
      { resource: observation('by-url', 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0') },
    ],
  })
  const file = join(folder, 'large.ndjson')
  // Far enough behind the lines that these are read before it.
  const wrong = Buffer.from(`\n"${'x'.repeat(300_000)}M\xfcller"`, 'latin1')
  await writeFile(file, Buffer.concat([Buffer.from(lines.join('\n')), wrong]))
  const messages: string[] = []
  const seen: number[] = []
  const { counts } = await importFiles(store, [file], Date.now, {
    onRefused: ({ place, code }) => messages.push(`${place}: ${code}`),
    onFailed: ({ reason }) => messages.push(reason),
    onProgress: ({ resources }) => seen.push(resources),
  })
  expect(messages).toEqual([
    'line 101: invalid-id',
    expect.stringMatching(/^line 301 is not JSON/),
    'line 702: wrong-code',
    expect.stringMatching(/not UTF-8/),
  ])
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  expect(seen.at(-1)).toBe(1200)
  expect(Object.fromEntries(counts)).toEqual({
    Patient: { created: 1195, replaced: 1, unchanged: 0, refused: 2 },
    Observation: { created: 2, replaced: 0, unchanged: 0, refused: 0 },
  })
  const rows = await store.db
    .selectFrom('compartment')
    .innerJoin('resource', 'resource.key', 'compartment.key')
    .select(['resource.id', 'compartment.patient', 'resource.version', 'resource.json'])
    .where('resource.id', 'in', ['p7', 'conditional', 'by-url'])
    .orderBy('resource.id')
    .execute()
  expect(rows.map(({ id, patient, version }) => [id, patient, version])).toEqual([
    ['by-url', 'in-bundle', 1],
    ['conditional', 'p699', 1],
    ['p7', 'p7', 2],
  ])
  expect(rows.at(-1)?.json).toContain('1980-01-15')
})
