import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { signCheckpoint } from '../../../server/audit/checkpoint/checkpoint.ts'
import { createLogKey, NOTHING, pinCheckpoint } from '../../../server/audit/checkpoint/log-key.ts'
import { findSetting, putSetting } from '../../../server/store/settings.ts'
import { runCheck } from '../../fixtures/run-command.ts'
import { riverside } from '../../fixtures/seeded-database.ts'
import { startServerProcess } from '../../fixtures/server-process.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const check = (...args: string[]) => runCheck(args)

const FITS = 'The configuration and the database fit.\n'

/** Every file in a folder: its mode, when it was written, and its content. */
const contentOf = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder, { recursive: true })).sort()
  const entries = names.map(async (name): Promise<[string, string]> => {
    const file = join(folder, name)
    const { mode, mtimeMs } = await stat(file)
    const hash = createHash('sha256')
      .update(await readFile(file).catch(() => 'a folder'))
      .digest('hex')
    return [name, [mode.toString(8), mtimeMs, hash].join(' ')]
  })
  return Object.fromEntries(await Promise.all(entries))
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the check of a configuration', { timeout: 30_000 }, () => {
  const token = 'ZZCANARY-token'
  const write = async (name: string, content: object): Promise<string> => {
    const file = join(folder, `${name}.json`)
    await writeFile(file, JSON.stringify(content))
    return file
  }
  const gateway = {
    publicUrl: 'https://records.example.org',
    organization: { name: 'North Clinic' },
    source: {
      kind: 'fhir',
      base: 'https://fhir.example.org/r4',
      authentication: { kind: 'bearer', tokenFile: 'token' },
    },
    windows: { patient: '50 hours' },
    trustProxy: ['127.0.0.1', '::1'],
  }

  it('names each value in force and where it is from, and prints no secret', async () => {
    await writeFile(join(folder, 'token'), token, { mode: 0o600 })
    const file = await write('gateway', gateway)
    const before = await contentOf(folder)
    const { status, out, error } = await check('--config', file, '--port', '4100', '--accept-clock')
    expect([status, error]).toEqual([0, ''])
    for (const line of [
      `publicUrl = https://records.example.org (${file})`,
      `organization.name = North Clinic (${file})`,
      'organization.about = Health records (default)',
      'port = 4100 (command line)',
      'host = localhost (default)',
      `trustProxy = 127.0.0.1, ::1 (${file})`,
      `source.authentication.tokenFile = ${join(folder, 'token')} (${file})`,
      `windows.patient = 50 hours (${file})`,
      'windows.clinician = 12 hours (default)',
      `db = sqlite:${join(folder, 'data/carekey.db')} (default)`,
      'metrics = none (default)',
      '--accept-clock (command line)',
    ])
      expect(out.split('\n')).toContain(line)
    expect(out).not.toContain(token)
    expect(out.split('\n').slice(-3).join('\n')).toBe(
      `A start would make a new, empty database at ${join(folder, 'data/carekey.db')}.\n${FITS}`,
    )
    expect(await contentOf(folder)).toEqual(before)
  })

  it('does not print the password in the address of a database', async () => {
    const { status, out, error } = await check('--db', `postgres://user:${token}@127.0.0.1:1/clinic`)
    expect(status).toBe(1)
    expect(out).toContain('db = postgres://127.0.0.1:1/clinic (command line)\n')
    expect(error).toMatch(/^The database 127\.0\.0\.1:1\/clinic cannot be opened: .*\.\n$/)
    expect(out + error).not.toContain(token)
  })

  it.each<[string, object, RegExp]>([
    ['a key that there is not', { prot: 3100 }, /: prot is not a key of the configuration/],
    [
      'a missing secret',
      { ...gateway, source: { ...gateway.source, authentication: { kind: 'bearer', tokenFile: 'gone' } } },
      /tokenFile names a file that does not exist/,
    ],
    [
      'a database in a place that cannot be',
      { db: 'sqlite:token/clinic.db' },
      /clinic\.keys cannot be written: part of its path is not a folder/,
    ],
  ])('ends with 1, and says why in its last line: %s', async (_name, content, reason) => {
    const { status, out, error } = await check('--config', await write('wrong', content))
    expect(status).toBe(1)
    expect(error).toMatch(reason)
    expect(error.split('\n')).toHaveLength(2)
    expect(out).not.toContain(FITS)
  })

  it.each([['--colour'], ['--port', 'x'], ['--demo', 'x'], ['word']])(
    'ends with 2 if it is not understood: %s %s',
    async (...args) => {
      const { status, out, error } = await check(...args)
      expect([status, out]).toEqual([2, ''])
      expect(error).toMatch(/^Usage: npm run server/)
    },
  )
})

describe.each(engines)('the check of a database, on %s', { timeout: 30_000 }, (engine) => {
  let database: TestDatabase
  let files: string
  beforeAll(async () => {
    database = await createDatabase(engine, riverside)
    files = dirname(database.logKey)
  })
  afterAll(() => database.close())

  const checkDatabase = (...args: string[]) =>
    check('--db', database.url, '--log-key', database.logKey, '--keys', database.keyFile, ...args)
  const demo = ['--demo', 'riverside']
  const change = async (statement: string) => {
    const store = await database.open()
    await sql.raw(statement).execute(store.db)
    await store.close()
  }
  /** Everything that a start would change. */
  const tables = async () => {
    const store = await database.open()
    const rows = [
      await store.db.introspection.getTables(),
      await sql`select * from schema_history`.execute(store.db),
      await store.db.selectFrom('setting').selectAll().execute(),
      await store.db.selectFrom('audit_event').selectAll().execute(),
    ]
    await store.close()
    return JSON.stringify(rows)
  }

  it('says that a start makes the keys that are missing', async () => {
    const { status, out } = await checkDatabase(...demo)
    expect(status).toBe(0)
    expect(out).toContain(`A start would make new keys, ${database.keyFile}.\n`)
    expect(out).toContain(`A start would make a new key of the access log, ${database.logKey}.\n`)
  })

  it('works beside a running server, and when that has ended; changes nothing, not even the mode of a key', async () => {
    const server = await startServerProcess({ db: database.url, logKey: database.logKey })
    const address = ['--public-url', server.url]
    const whileRunning = await checkDatabase(...demo, ...address)
    expect(whileRunning).toMatchObject({ status: 0, error: '' })
    expect(whileRunning.out).toContain(`A start would change nothing of the database.\n${FITS}`)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    await server.stop()
    await chmod(database.keyFile, 0o644)
    await chmod(database.logKey, 0o644)
    const [before, rows] = [await contentOf(files), await tables()]
    expect(await checkDatabase(...demo, ...address)).toEqual(whileRunning)
    expect(await tables()).toBe(rows)
    // Opening the database for the comparison writes its file again.
    const { 'test.db': _, ...others } = before
    expect(await contentOf(files)).toMatchObject(others)
  })

  it('refuses a demo that would be served as an organization, and another demo', async () => {
    expect((await checkDatabase()).error).toMatch(/^This database holds the demo riverside/)
    expect((await checkDatabase('--demo', 'pulse')).status).toBe(1)
  })

  it('refuses the database of another address, until it is to move', async () => {
    await change(
      `update setting set value = '{"publicUrl":"https://records.example.org"}' where name = 'organization'`,
    )
    const refused = await checkDatabase(...demo)
    expect(refused.status).toBe(1)
    expect(refused.error).toMatch(/^This database belongs to https:\/\/records\.example\.org, not to /)
    const moved = await checkDatabase(...demo, '--move-address')
    expect(moved.status).toBe(0)
    expect(moved.out).toMatch(
      /^A start would move the organization from https:\/\/records\.example\.org to /m,
    )
    await change(`delete from setting where name = 'organization'`)
  })

  it('refuses the keys of another database, and missing ones', async () => {
    const aside = await mkdtemp(join(folder, 'aside-'))
    for (const [file, sentence] of [
      [database.keyFile, /^The keys of this database are missing/],
      [database.logKey, /^The access log is not the one that was signed: its key .* is missing/],
    ] as const) {
      await rename(file, join(aside, 'key'))
      const { status, error } = await checkDatabase(...demo)
      expect([status, error]).toEqual([1, expect.stringMatching(sentence)])
      await rename(join(aside, 'key'), file)
    }
  })

  it('names an index that is made anew', async () => {
    const store = await database.open()
    await store.write(async (trx) => {
      await putSetting(trx, 'another', (await findSetting(trx, 'search-index')) ?? '')
      await putSetting(trx, 'search-index', 'of an older version')
    })
    expect((await checkDatabase(...demo)).out).toContain('A start would make the search index anew.\n')
    await store.write(async (trx) =>
      putSetting(trx, 'search-index', (await findSetting(trx, 'another')) ?? ''),
    )
    await store.close()
  })

  it('names an upgrade, and refuses a newer version; both leave it as it is', async () => {
    const store = await database.open()
    const history = () => sql`select * from schema_history`.execute(store.db).then(({ rows }) => rows)
    await sql`insert into schema_history (name, timestamp) values ('9999-later', '2030-01-01')`.execute(
      store.db,
    )
    const newer = await history()
    const refused = await checkDatabase(...demo)
    expect([refused.status, refused.last]).toEqual([
      1,
      expect.stringContaining('It belongs to a newer version of Carekey.'),
    ])
    expect(await history()).toEqual(newer)
    await sql`delete from schema_history`.execute(store.db)
    const upgraded = await checkDatabase(...demo)
    expect(upgraded).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^A start would bring the tables of .* up to date\.$/m),
    })
    expect(await history()).toEqual([])
    await store.close()
  })
})

test('a process of its own prints the same, and ends with the status', { timeout: 30_000 }, async () => {
  const args = ['--db', `sqlite:${join(folder, 'none/clinic.db')}`]
  const run = (...more: string[]) =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        ['server/main.ts', ...args, '--check', ...more],
        (_error, out) => resolve([child.exitCode, out]),
      )
    })
  expect(await run()).toEqual([0, (await check(...args)).out])
  expect(await run('--colour')).toEqual([2, ''])
})

test('a log without its database does not pass for a new one', async () => {
  const where = join(folder, 'lost')
  const key = await createLogKey(join(where, 'clinic.log-key'))
  const { note } = signCheckpoint({ origin: 'x', size: 3, root: NOTHING.root }, key)
  await pinCheckpoint(join(where, 'clinic.log-key'), note)
  const lost = await check('--db', `sqlite:${where}/clinic.db`)
  expect([lost.status, lost.last]).toEqual([
    1,
    expect.stringMatching(/^There is no database, but .* 3 entries/),
  ])
  expect((await check('--db', `sqlite:${where}/clinic.db`, '--accept-rollback')).status).toBe(0)
})
