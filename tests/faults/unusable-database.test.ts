import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAGE_SIZE } from '../../server/store/sqlite/sqlite.ts'
import { hasPostgres } from '../fixtures/postgres.ts'
import { copySeeded, riverside } from '../fixtures/seeded-database.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { createOwnPostgres } from '../fixtures/store.ts'

/** Starts a server that fails to start. @returns its exit code and its last line. */
const start = (db: string, logKey: string) =>
  new Promise<{ code: number; last: string }>((resolve) => {
    const args = ['server/main.ts', '--port', '0', '--db', db, '--demo', 'riverside', '--log-key', logKey]
    // If the server starts all the same, it is ended.
    const ending = { timeout: 50_000, killSignal: 'SIGKILL' } as const
    const child = execFile(process.execPath, args, ending, (_error, out, error) =>
      resolve({ code: child.exitCode ?? -1, last: (out + error).trimEnd().split('\n').at(-1) ?? '' }),
    )
  })

let folder: string
/** The files of a server that ran and was stopped. */
let sound: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-unusable-'))
  sound = join(folder, 'sound.db')
  await copySeeded(sound, riverside)
  await (await startServerProcess({ db: `sqlite:${sound}`, logKey: `${sound}.key` })).stop()
})
afterAll(() => rm(folder, { recursive: true }))

/** Overwrites a file from this position on. */
const overwrite = async (path: string, from: number): Promise<void> => {
  const { size } = await stat(path)
  const file = await open(path, 'r+')
  await file.write(Buffer.alloc(size - from, 0x5a), 0, size - from, from)
  await file.close()
}

const inDatabase = async (path: string, statements: string): Promise<void> => {
  const database = new DatabaseSync(path)
  database.exec(statements)
  database.close()
}

describe('a server does not start on a file that it cannot use, says why, and leaves the file as it was', {
  timeout: 60_000,
}, () => {
  it.each<[string, RegExp, (path: string) => Promise<void>]>([
    [
      'no database at all',
      /: file is not a database\.$/,
      (path) => writeFile(path, 'Dear Sir or Madam,\n'.repeat(2000)),
    ],
    [
      'one that was cut short',
      /: database disk image is malformed\.$/,
      (path) => truncate(path, 10 * PAGE_SIZE),
    ],
    ['one with a spoilt header', /: file is not a database\.$/, (path) => overwrite(path, 0)],
    [
      'one of which only the header is left',
      /: database disk image is malformed\.$/,
      (path) => overwrite(path, 100),
    ],
    [
      'one of which only the list of tables is left',
      /: database disk image is malformed\.$/,
      (path) => overwrite(path, 8 * PAGE_SIZE),
    ],
    [
      'one of another program',
      /: It belongs to another program\.$/,
      async (path) => {
        await rm(path)
        await inDatabase(path, 'CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT)')
      },
    ],
    [
      'one of another program with tables of the same names',
      /: It belongs to another program\.$/,
      (path) => inDatabase(path, 'DROP TABLE schema_history'),
    ],
    [
      'one of a newer version',
      /: It belongs to a newer version of Carekey\.$/,
      (path) =>
        inDatabase(path, "INSERT INTO schema_history VALUES ('9999-later', '2030-01-01T00:00:00.000Z')"),
    ],
  ])('%s', async (name, reason, spoil) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.db`)
    await copyFile(sound, path)
    await spoil(path)
    await chmod(path, 0o644)
    const before = await readFile(path)
    const { code, last } = await start(`sqlite:${path}`, `${path}.key`)
    expect(last).toMatch(reason)
    expect(last).toContain(path)
    expect(code).toBe(1)
    expect((await readFile(path)).equals(before)).toBe(true)
    if (/another program/.test(last)) expect((await stat(path)).mode & 0o777).toBe(0o644)
  })

  it('a folder, and a path through a file', async () => {
    await chmod(folder, 0o755)
    for (const path of [folder, join(sound, 'clinic.db')]) {
      const { code, last } = await start(`sqlite:${path}`, join(folder, 'a.key'))
      expect([code, last]).toEqual([1, expect.stringContaining(path)])
    }
    expect((await stat(folder)).mode & 0o777).toBe(0o755)
  })

  if (hasPostgres)
    it('a PostgreSQL database of a newer version, or one that does not exist', async () => {
      const database = await createOwnPostgres()
      const store = await database.open()
      await store.db
        .insertInto('schema_history' as never)
        .values({ name: '9999-later', timestamp: '2030-01-01T00:00:00.000Z' } as never)
        .execute()
      await store.close()
      const { code, last } = await start(database.url, database.logKey)
      expect([code, last]).toEqual([
        1,
        expect.stringMatching(/: It belongs to a newer version of Carekey\.$/),
      ])
      await database.postgres.crash()
      const unreachable = await start(database.url, database.logKey)
      expect([unreachable.code, unreachable.last]).toEqual([1, expect.stringMatching(/ECONNREFUSED/)])
      await database.close()
    })
})
