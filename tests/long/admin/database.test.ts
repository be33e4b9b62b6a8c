import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { startChild } from '../../../scripts/child.ts'
import { freePort, untilReady } from '../../../scripts/server-process.ts'
import { createLogKey } from '../../../server/audit/checkpoint/log-key.ts'
import { withReader } from '../../../server/start/open-database.ts'
import type { Reader } from '../../../server/store/store.ts'
import { runAdmin, runImport, runVerify } from '../../fixtures/run-command.ts'
import { riverside } from '../../fixtures/seeded-database.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-database-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const NEEDING_ONE = [
  ['client', 'add', '--name', 'X', '--redirect', 'http://127.0.0.1/'],
  ['client', 'list'],
  ['client', 'disable', 'x'],
  ['keys', 'rotate', '--lost'],
  ['log', 'erase', '--patient', 'x', '--yes'],
  ['user', 'add', '--name', 'x', '--role', 'admin'],
  ['user', 'invite', '--name', 'x', '--role', 'admin'],
  ['user', 'list'],
  ['user', 'remove', '--name', 'x'],
]

describe('a command that is given a mistyped database', () => {
  const sentence = (path: string) =>
    `There is no database at ${path}. Check --db; only the server and fhir:import make a new one.`

  it.each(NEEDING_ONE)('says that there is none, and creates none: %s %s', async (...words) => {
    const path = join(folder, 'deep', 'mistyped.db')
    const { status, out, last } = await runAdmin([...words, '--db', `sqlite:${path}`], 'a long password\n')
    expect([status, out, last]).toEqual([2, '', sentence(path)])
    expect(existsSync(join(folder, 'deep'))).toBe(false)
  })

  it('says so for audit:verify too, and for an empty file', async () => {
    const path = join(folder, 'empty.db')
    for (const content of [undefined, '']) {
      if (content !== undefined) await writeFile(path, content)
      expect(await runVerify(['--db', `sqlite:${path}`])).toMatchObject({
        status: 2,
        out: '',
        last: sentence(path),
      })
      expect((await runAdmin(['client', 'list', '--db', `sqlite:${path}`])).last).toBe(sentence(path))
    }
    expect((await stat(path)).size).toBe(0)
  })

  if (engines.includes('postgres'))
    it('says so on PostgreSQL too, for a database that is not Carekey’s', async () => {
      const database = await createDatabase('postgres')
      const { host, pathname } = new URL(database.url)
      const expected = { status: 2, out: '', last: sentence(`${host}${pathname}`) }
      expect(await runAdmin(['user', 'list', '--db', database.url])).toMatchObject(expected)
      expect(await runVerify(['--db', database.url])).toMatchObject(expected)
      await database.close()
    })
})

describe.each(engines)('T14 a database of another version, on %s', (engine) => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createDatabase(engine, riverside)
  })
  afterEach(() => database.close())

  /** Everything that a newer or older version would differ in. */
  const contentOf = ({ db }: Reader) =>
    Promise.all([
      db.introspection.getTables(),
      sql`select * from schema_history`.execute(db),
      db.selectFrom('setting').selectAll().execute(),
    ]).then(JSON.stringify)
  const refusalOf = async (words: readonly string[]) => {
    const { status, out, last } = await runAdmin([...words, '--db', database.url], 'a long password\n')
    return [status, out, last]
  }

  const NEWER = [
    'a newer one',
    "insert into schema_history (name, timestamp) values ('9999-later', '2030-01-01')",
    'It belongs to a newer version of Carekey.',
  ] as const
  const OLDER = [
    'an older one',
    'delete from schema_history where name = (select max(name) from schema_history)',
    'It belongs to an older version of Carekey; the server brings it up to date at its start.',
  ] as const
  const UNRELEASED = [
    'one from before the first release',
    "update schema_history set name = '0001-oauth'",
    'It is from before Carekey 0.1.0, and no version can read it; move it and its key files away, and the server makes new ones.',
  ] as const

  it.each([NEWER, OLDER, UNRELEASED])(
    '%s is refused by name, and nothing of it is changed',
    async (_which, statement, sentence) => {
      const store = await database.open()
      await sql.raw(statement).execute(store.db)
      const before = await contentOf(store)
      for (const words of NEEDING_ONE) {
        const [status, out, last] = await refusalOf(words)
        expect([status, out], words.join(' ')).toEqual([2, ''])
        expect(last, words.join(' ')).toMatch(/^The database .* cannot be opened: /)
        expect(last).toContain(sentence)
      }
      expect((await runVerify(['--db', database.url])).last).toContain(sentence)
      expect(await contentOf(store)).toBe(before)
      await store.close()
    },
  )

  it.each([NEWER, UNRELEASED])(
    '%s is refused by an import and by the server',
    async (_which, statement, sentence) => {
      const store = await database.open()
      await sql.raw(statement).execute(store.db)
      const before = await contentOf(store)
      const patient = join(folder, 'one-patient.json')
      await writeFile(patient, '{"resourceType":"Patient","id":"pa"}')
      expect((await runImport(['--db', database.url, patient])).last).toContain(sentence)
      const lines: string[] = []
      const args = ['server/main.ts', '--port', '0', '--db', database.url]
      const server = startChild(process.execPath, args, { onLine: (line) => lines.push(line) })
      expect((await server.ended).code).toBe(1)
      expect(lines.at(-1)).toContain(sentence)
      expect(await contentOf(store)).toBe(before)
      await store.close()
    },
  )
})

test('an import and a server say that they created a database, once', { timeout: 60_000 }, async () => {
  const patient = join(folder, 'patient.json')
  await writeFile(patient, '{"resourceType":"Patient","id":"pa"}')
  const path = join(folder, 'imported.db')
  const importing = async () => (await runImport(['--db', `sqlite:${path}`, patient])).out
  const sentence = (of: string) => `Created a new, empty database at ${of}.`
  expect((await importing()).split('\n')[0]).toBe(`Creating a new database at ${path}.`)
  expect(await importing()).not.toContain('Creating')

  const served = join(folder, 'served.db')
  const serving = async () => {
    const lines: string[] = []
    const port = await freePort()
    const args = ['server/main.ts', '--port', `${port}`, '--db', `sqlite:${served}`]
    const server = startChild(process.execPath, args, { onLine: (line) => lines.push(line) })
    await untilReady(`http://localhost:${port}`, server)
    await expect.poll(() => lines.join('\n')).toContain('is ready at')
    await server.stop()
    return lines.join('\n')
  }
  expect(await serving()).toContain(sentence(served))
  expect(await serving()).not.toContain('Created')
})

test('audit:verify leaves the write-ahead log of a killed server as it is', async () => {
  const database = await createDatabase('sqlite')
  const path = database.url.replace('sqlite:', '')
  const store = await database.open()
  await store.write((trx) => trx.insertInto('setting').values({ name: 'a', value: 'b' }).execute())
  // As a kill at this moment would leave them.
  const copy = join(folder, 'killed.db')
  for (const end of ['', '-wal']) await copyFile(path + end, copy + end)
  await store.close()
  await createLogKey(database.logKey)
  const before = await readFile(`${copy}-wal`)
  expect(before.length).toBeGreaterThan(0)
  expect(await runVerify(['--db', `sqlite:${copy}`, '--log-key', database.logKey])).toMatchObject({
    status: 0,
  })
  expect(await readFile(`${copy}-wal`)).toEqual(before)
  await database.close()
})

describe.each(engines)('audit:verify on %s', (engine) => {
  it('changes nothing, and opens the database for reading only', async () => {
    const database = await createDatabase(engine)
    await (await database.open()).close()
    await createLogKey(database.logKey)
    const path = /^sqlite:(.+)$/.exec(database.url)?.[1]
    const stateOf = async () =>
      path && [await readFile(path), (await stat(path)).mtimeMs, (await stat(path)).mode]
    // A different file mode, even a narrower one, would be a change too.
    if (path) await chmod(path, 0o640)
    const before = await stateOf()
    expect(await runVerify(['--db', database.url, '--log-key', database.logKey])).toMatchObject({ status: 0 })
    expect(await stateOf()).toEqual(before)
    for (const file of [`${path}-wal`, `${path}-shm`]) expect(existsSync(file), file).toBe(false)
    await withReader(database.url, async ({ db }) => {
      const writing = db.insertInto('setting').values({ name: 'a', value: 'b' }).execute()
      const reason = await writing.then(
        () => 'written',
        (error: Error) => String(error.cause ?? error),
      )
      expect(reason).toMatch(/read-?only/)
    })
    await database.close()
  })

  it('says that a database is of an older version, and does not migrate it', async () => {
    const database = await createDatabase(engine)
    const store = await database.open()
    const forget = sql`delete from schema_history where name = (select max(name) from schema_history)`
    await store.write((trx) => forget.execute(trx))
    await store.close()
    const { status, last } = await runVerify(['--db', database.url])
    expect([status, last]).toEqual([2, expect.stringMatching(/It belongs to an older version of Carekey/)])
    await database.close()
  })
})
