import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { healthCommand } from '../../../server/cli/health-command.ts'
import { runAdmin, runImport, runVerify } from '../../fixtures/run-command.ts'
import { createDatabase, type TestDatabase } from '../../fixtures/store.ts'

/** Deletes the line above, in both spellings, sets the title, begins a line of its own, and reverses what follows. */
const HOSTILE = '\u001b[1A\u001b[2K\u009b2K\u001b]0;title\u0007\nall is well\r\u202e'

let folder: string
let database: TestDatabase
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-terminal-'))
  database = await createDatabase('sqlite')
  await (await database.open()).close()
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

/** Expects that a text has no control but its line ends, and that nothing began a line of its own. */
const expectPlain = (output: string) => {
  expect(output).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
  expect(output).not.toMatch(/^all is well/m)
}
const fileOf = async (name: string, content: string): Promise<string> => {
  const file = join(folder, name)
  await writeFile(file, content)
  return file
}
const ndjson = (...resources: object[]) => resources.map((it) => JSON.stringify(it)).join('\n')

it('nothing from an imported file reaches the terminal as a command to it', async () => {
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
  const file = await fileOf(
    `a${HOSTILE}.ndjson`,
    [
      ndjson(
        { resourceType: 'Patient', id: 'p', name: [{ text: `Ana${HOSTILE}` }], birthDate: '1980-01-01' },
        { ...observation, id: `x${HOSTILE}` },
        { ...observation, id: 'a', subject: { reference: `Patient?name=${HOSTILE}` } },
        { ...observation, id: 'b', subject: { reference: 'Patient/p' }, performer: [{ reference: HOSTILE }] },
        { resourceType: HOSTILE, id: 'c' },
        { ...observation, id: 'd', subject: { reference: 'Patient/p' }, status: HOSTILE },
        {
          ...observation,
          id: 'e',
          contained: [{ resourceType: HOSTILE, subject: { reference: 'Patient/q' } }],
        },
      ),
      `{"a":"\u009b${HOSTILE.replaceAll('\n', '')}`,
    ].join('\n'),
  )
  const { status, out, error } = await runImport(['--db', database.url, folder])
  expectPlain(out + error)
  expect(error, 'what was there is shown').toContain('refused Observation/x\\u001b[1A\\u001b[2K\\u009b2K')
  expect(out).toMatch(/Patient\/p {2}Ana/)
  expect([status, error.match(/^refused /gm)?.length]).toEqual([1, 4])

  const gone = await runImport(['--db', database.url, `${file}.gone`])
  expectPlain(gone.out + gone.error)
})

it('a line about a resource is short, however long its id, its type and its references are', async () => {
  const long = 'x'.repeat(1_000_000)
  const observation = { resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' } }
  const file = await fileOf(
    'long.ndjson',
    ndjson(
      { resourceType: long, id: long },
      { ...observation, id: long },
      { ...observation, subject: { reference: long } },
      { resourceType: 'Patient', id: 'p', generalPractitioner: [{ reference: `Practitioner/${long}` }] },
    ),
  )
  const { out, error } = await runImport(['--db', database.url, file])
  expect(error.match(/^refused |^unresolved/gm)).toHaveLength(4)
  expect(Math.max(...(out + error).split('\n').map(({ length }) => length))).toBeLessThan(1000)
})

it('nothing from the database reaches the terminal as a command to it, and the result stays JSON', async () => {
  const store = await database.open()
  const name = `App ö${HOSTILE}`
  const account = { id: 'a', username: name, name, role: 'admin', patient: null, practitioner: null } as const
  await store.write((trx) =>
    trx
      .insertInto('account')
      .values({ ...account, password_hash: '' })
      .execute(),
  )
  await store.close()
  const { out, error } = await runAdmin(['user', 'list', '--db', database.url])
  expectPlain(out + error)
  expect(out).toContain('App ö')
  expect(JSON.parse(out).users[0].username).toBe(name)
})

it.each([
  ['admin', runAdmin, ['user', 'list']],
  ['verify', runVerify, []],
  ['import', runImport, ['x.json']],
] as const)(
  'nothing from an error of %s reaches the terminal as a command to it',
  async (_name, run, words) => {
    for (const args of [
      ['--db', `sqlite:${folder}/none${HOSTILE}/a.db`],
      ['--config', await fileOf('c.json', JSON.stringify({ [`key${HOSTILE}`]: 1 }))],
      ['--config', join(folder, HOSTILE)],
    ]) {
      const { out, error } = await run([...words, ...args])
      expectPlain(out + error)
      expect(error).not.toBe('')
    }
  },
)

it('nothing from the answer of a server reaches the terminal as a command to it', async () => {
  const server = createServer((_request, response) =>
    response.end(JSON.stringify({ status: 'not-ready', reason: HOSTILE, detail: HOSTILE })),
  )
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const outputs = Promise.all([text(stdout), text(stderr)])
  try {
    await healthCommand(['--port', String((server.address() as AddressInfo).port)], { stdout, stderr })
  } finally {
    server.close()
    stdout.end()
    stderr.end()
  }
  const [out, error] = await outputs
  expectPlain(out + error)
  expect(out + error).toContain('\\u001b[1A')
})
