import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openOrCreate } from '../../../server/start/open-database.ts'
import { runImport, spawnCommand } from '../../fixtures/run-command.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-command-'))
  await mkdir(join(folder, 'records'))
  await writeFile(join(folder, 'records/a.json'), '{"resourceType":"Patient","id":"a"}')
  await writeFile(
    join(folder, 'records/b.ndjson'),
    '{"resourceType":"Patient","id":"b"}\n{"resourceType":"Patient"}',
  )
  await writeFile(join(folder, 'records/notes.txt'), 'not for us')
  await writeFile(join(folder, 'torn.json'), '{"resourceType":')
})
afterAll(() => rm(folder, { recursive: true }))

const database = () => `sqlite:${join(folder, 'test.db')}`

it('imports a folder, prints counts by type and names what was refused', async () => {
  const { status, out, error } = await runImport(['--db', database(), join(folder, 'records')])
  expect(error).toMatch(/^refused Patient \(.*b\.ndjson, line 2\): It has no id\.\n$/)
  expect(out).toMatch(/^Patient +2 +0 +0 +1$/m)
  expect(out.trimEnd().split('\n').at(-1)).toBe(
    '2 of 3 resources imported from 2 files; 1 refused; details above.',
  )
  expect(status).toBe(0)
})

it("F59 names resources that are in no patient's record, and says so in the last line", async () => {
  const file = join(folder, 'lost.ndjson')
  const about = (id: string, subject: object) =>
    JSON.stringify({ resourceType: 'Observation', id, status: 'final', code: { text: 'w' }, subject })
  const lines = [
    about('a', { reference: 'Patient/gone' }),
    about('b', { display: 'Jane Doe' }),
    about('c', { reference: 'urn:uuid:nobody\u001b[2J' }),
    '{"resourceType":"Observation","id":"e","status":"final","code":{"text":"w"},"subject":{"reference":"Location/1"}}',
    '{"resourceType":"Encounter","id":"d","subject":{"reference":"Patient/a"},"partOf":{"reference":"urn:oid:1"}}',
  ]
  await writeFile(file, lines.join('\n'))
  const { status, out, error } = await runImport(['--db', database(), join(folder, 'records/a.json'), file])
  expect(error.trimEnd().split('\n')).toEqual([
    `refused Observation/c (${file}, line 3): It is unknown whose it is: it refers to "urn:uuid:nobody\\u001b[2J", and no resource matches that.`,
    'unresolved: 1 references of Observation to their patient by name or identifier only, such as "Observation.subject"',
    'unresolved: 1 resources of Observation name no patient, such as "Observation/e"',
    'unresolved: 1 references of Encounter that match no resource, such as "urn:oid:1"',
    'absent: 1 resources are about 1 patients who are not in the database: Patient/gone (1)',
  ])
  expect(out.trimEnd().split('\n').at(-1)).toBe(
    '5 of 6 resources imported from 2 files, 3 of them not in the record of any patient here; 1 unchanged; 1 refused; details above.',
  )
  expect(status).toBe(0)
})

it('F59 counts the resources that leave a patient’s record because another person’s resources have the same ids', async () => {
  const record = (patient: string) => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: [
      { resource: { resourceType: 'Patient', id: patient } },
      ...['1', '2'].map((id) => ({
        resource: { resourceType: 'Condition', id, subject: { reference: `Patient/${patient}` } },
      })),
    ],
  })
  const files = ['ana', 'ben'].map((name) => join(folder, `${name}.json`))
  for (const file of files)
    await writeFile(file, JSON.stringify(record(/(\w+)\.json$/.exec(file)?.[1] ?? '')))
  const db = `sqlite:${join(folder, 'shared-ids.db')}`
  const { status, out, error } = await runImport(['--db', db, ...files])
  expect(error).toBe(
    'left: resources left the record of 1 patients, because others of the same type and id replaced them: Patient/ana (2)\n',
  )
  expect(out).toMatch(/6 of 6 resources imported from 2 files; 2 left a patient's record; details above\.\n$/)
  expect(status).toBe(0)
  const again = await runImport(['--db', db, files[1] ?? ''])
  expect(again.error, 'nothing leaves a record that is imported again').toBe('')
})

it('says how many resources were not stored because later ones followed', async () => {
  const file = join(folder, 'corrected.ndjson')
  const about = (reference: string) => ({ resourceType: 'Condition', id: 'c', subject: { reference } })
  const lines = [
    about('Patient?identifier=urn:mrn|a'),
    about('Patient/x'),
    { resourceType: 'Patient', id: 'x' },
  ]
  await writeFile(file, lines.map((it) => JSON.stringify(it)).join('\n'))
  const { status, out, error } = await runImport(['--db', `sqlite:${join(folder, 'corrected.db')}`, file])
  expect(error).toBe(
    'superseded: 1 resources waited for one that they refer to, and were not stored because a later one of the same type and id followed\n',
  )
  expect(out).toMatch(/2 of 3 resources imported from 1 files; 1 superseded; details above\.\n$/)
  expect(status).toBe(0)
})

it('names a few refused resources of each kind and counts the rest, or names all', async () => {
  const file = join(folder, 'claims.ndjson')
  const lines = Array.from({ length: 8 }, (_, index) => `{"resourceType":"Claim","id":"${index}"}`)
  await writeFile(
    file,
    [...lines, '{"resourceType":"Patient"}', '{"resourceType":"Patient","id":"z"}'].join('\n'),
  )
  const { error } = await runImport(['--db', database(), file])
  const reasons = error.trimEnd().split('\n')
  expect(reasons.map((line) => line.split(' (')[0])).toEqual([
    ...[0, 1, 2, 3, 4].map((id) => `refused Claim/${id}`),
    'refused Patient',
    'refused: 3 more resources of Claim, like the 5 named above; --all-refusals names every one',
  ])
  const all = await runImport(['--db', database(), '--all-refusals', file])
  expect(all.error.match(/^refused Claim\/\d /gm)).toHaveLength(8)
  expect(all.error).not.toContain('more resources')
})

it('counts types that FHIR does not have in one row, so that the report is as small as FHIR', async () => {
  const file = join(folder, 'invented.ndjson')
  const types = [...Array.from({ length: 2000 }, (_, index) => `Type${index}`), 'Claim', '__proto__', 'x y']
  const lines = [...types.map((resourceType) => ({ resourceType, id: '1' })), { id: '1' }]
  await writeFile(file, lines.map((it) => JSON.stringify(it)).join('\n'))
  const { out, error } = await runImport(['--db', database(), file])
  const rows = out
    .slice(out.search(/^Type /m))
    .trimEnd()
    .split('\n')
  expect(rows.map((row) => row.slice(0, 34).trim())).toEqual([
    ...['Type', 'Claim', 'not a resource', 'other types', 'All'],
  ])
  expect(out).toMatch(/^other types +0 +0 +0 +2,002$/m)
  const named = error.split('\n').filter((line) => line.startsWith('refused '))
  expect(named.map((line) => line.split(' (')[0])).toEqual([
    ...[0, 1, 2, 3, 4].map((index) => `refused Type${index}/1`),
    ...['refused Claim/1', 'refused not a resource/1'],
  ])
  expect(error).toContain('refused: 1,997 more resources of other types, like the 5 named above')
})

it('fails when a file cannot be read, although the others were imported', async () => {
  const files = [join(folder, 'torn.json'), join(folder, 'records/a.json')]
  const { status, last, error } = await runImport(['--db', database(), ...files])
  expect(error).toContain('torn.json: it is not JSON')
  expect(last).toMatch(/^1 of 1 resources imported from 2 files; .*could not be read/)
  expect(status).toBe(1)
})

it.each([
  ['absent.json', /absent\.json cannot be read, because there is no such file\.$/],
  ['empty', /the folder .*empty holds no \.json or \.ndjson file\.$/],
])('makes no database and imports nothing if one of the paths holds nothing: %s', async (name, reason) => {
  await mkdir(join(folder, 'empty'), { recursive: true })
  const file = join(folder, 'mistyped.db')
  const paths = [join(folder, 'records/a.json'), join(folder, name)]
  const { status, out, last } = await runImport(['--db', `sqlite:${file}`, ...paths])
  expect([status, out]).toEqual([1, ''])
  expect(last).toMatch(reason)
  expect(existsSync(file), 'a new database').toBe(false)
})

it('answers the same as a process of its own', async () => {
  const args = ['--db', database(), join(folder, 'records')]
  await runImport(args)
  expect(await spawnCommand('import', args)).toEqual(await runImport(args))
})

it('fails when nothing was imported', async () => {
  const file = join(folder, 'types.json')
  await writeFile(file, '{"resourceType":"Nothing","id":"1"}')
  const { status, last } = await runImport(['--db', database(), file])
  expect(last).toMatch(/^Nothing was imported: every resource was refused/)
  expect(status).toBe(1)
})

it.each([
  [[], /--db is missing/],
  [['--db', 'sqlite:x.db'], /No file was named/],
  [['--into', 'x'], /Unknown option '--into'/],
  [['--db', 'mysql://x', 'package.json'], /--db takes sqlite:PATH/],
  [['--db', 'postgres://127.0.0.1:1/x', 'package.json'], /cannot be opened/],
])('does not understand %j and says so in the last line', async (args, reason) => {
  const { status, last } = await runImport(args)
  expect(last).toMatch(reason)
  expect(status).toBe(2)
})

it('names the patients who are new, with the ids that accounts need, or counts them if they are many', async () => {
  const file = join(folder, 'people.json')
  const ann = {
    resourceType: 'Patient',
    name: [{ given: ['Ann\u001b[2J'], family: 'Stone' }],
    birthDate: '1980-01-01',
  }
  const patients = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      resource: { ...ann, identifier: [{ value: `${index}` }] },
    }))
  const write = (count: number) =>
    writeFile(file, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: patients(count) }))
  const db = `sqlite:${join(folder, 'people.db')}`

  await write(1)
  const { out } = await runImport(['--db', db, file])
  expect(out).toMatch(
    /^All .*\nNew patients:\n {2}Patient\/[\w-]+ {2}Ann \[2J Stone, born 1980-01-01\n1 of 1 resources/m,
  )
  expect((await runImport(['--db', db, file])).out, 'the same patient again').not.toContain('New patients')

  await write(22)
  const many = await runImport(['--db', db, file])
  expect(many.out).toMatch(/^New patients: 21$/m)
  expect(many.out).not.toContain('Stone')
  const { store } = await openOrCreate(db)
  const entries = await store.db.selectFrom('audit_event').select('json').execute()
  await store.close()
  expect(entries.length).toBeGreaterThan(0)
  expect(JSON.stringify(entries)).not.toContain('Stone')
})

it('of a file that was imported before changes nothing, and says so', async () => {
  const file = join(folder, 'records/a.json')
  await runImport(['--db', database(), file])
  const { status, out } = await runImport(['--db', database(), file])
  expect(status).toBe(0)
  expect(out).toMatch(/^Patient +0 +0 +1 +0$/m)
  expect(out).toContain('1 of 1 resources imported from 1 files; 1 unchanged.')
})
