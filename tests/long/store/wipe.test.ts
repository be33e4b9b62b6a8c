import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { checkpointAside } from '../../../server/store/sqlite/checkpoint-aside.ts'
import { openSqlite } from '../../../server/store/sqlite/sqlite.ts'
import { StoreUnavailable } from '../../../server/store/store.ts'

const CANARY = 'zzcanary-of-a-deleted-row'

describe('J09 the file of a SQLite database, rewritten without deleted data', { timeout: 60_000 }, () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-store-'))
    path = join(folder, 'test.db')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const inFiles = async () => {
    const files = await Promise.all(['', '-wal'].map((suffix) => readFile(path + suffix)))
    return files.some((bytes) => bytes.includes(CANARY))
  }
  const openWithDeleted = async () => {
    const store = await openSqlite(path)
    onTestFinished(store.close)
    await store.write((trx) => trx.insertInto('setting').values({ name: CANARY, value: 'x' }).execute())
    await store.write((trx) => trx.deleteFrom('setting').where('name', '=', CANARY).execute())
    return store
  }

  it('still holds them while another process reads, and the wipe fails', async () => {
    const store = await openWithDeleted()
    const reader = new DatabaseSync(path, { readOnly: true })
    reader.exec('BEGIN; SELECT count(*) FROM setting')
    const refusal = await store.wipe().catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(StoreUnavailable)
    expect((refusal as StoreUnavailable).cause).toMatchObject({
      message: 'another process, such as a backup, is reading the database',
    })
    expect(await inFiles()).toBe(true)
    reader.close()
    await store.wipe()
    expect(await inFiles()).toBe(false)
  })

  it.runIf(existsSync('/proc/self/status'))(
    'is rewritten also while another process moves its log, which soon ends',
    async () => {
      const store = await openWithDeleted()
      const own = new DatabaseSync(path)
      onTestFinished(() => own.close())
      const look = own.prepare('PRAGMA wal_checkpoint(PASSIVE)')
      const other = await startCheckpoints(path)
      // It is stopped with the lock of a checkpoint in its hands.
      do {
        other.kill('SIGCONT')
        await new Promise(setImmediate)
        other.kill('SIGSTOP')
        await untilStopped(other)
      } while (look.get()?.busy === 0)

      const writtenAt = async () => (await stat(`${path}-wal`, { bigint: true })).mtimeNs
      const before = await writtenAt()
      let outcome: unknown
      const wiped = store.wipe().then(
        () => (outcome = 'wiped'),
        (error: unknown) => (outcome = error),
      )
      while ((await writtenAt()) === before) await new Promise(setImmediate)
      // The rewritten pages are in the log, which nobody can empty now.
      for (let turn = 0; turn < 1_000 && outcome === undefined; turn++) await writtenAt()
      expect(outcome).toBeUndefined()
      other.kill('SIGKILL')
      await wiped
      expect(outcome).toBe('wiped')
      expect(await inFiles()).toBe(false)
    },
  )

  it('is rewritten when the wipe resolves, also if a checkpoint runs before it', async () => {
    const store = await openWithDeleted()
    await store.close()
    const writer = new DatabaseSync(path)
    onTestFinished(() => writer.close())
    const checkpoints = checkpointAside(writer, path)
    onTestFinished(checkpoints.close)
    writer.exec('CREATE TABLE filler (x); BEGIN')
    const insert = writer.prepare('INSERT INTO filler VALUES (zeroblob(8000))')
    for (let row = 0; row < 2_500; row++) insert.run()
    writer.exec('COMMIT')
    await checkpoints.betweenTransactions()
    const progress = writer.prepare('PRAGMA wal_checkpoint(NOOP)')
    for (let row = progress.get(); row?.log !== row?.checkpointed; row = progress.get())
      await new Promise(setImmediate)
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
    // One checkpoint is done. The one for what was added meanwhile is sent before the wipe, and not yet answered.
    const between = checkpoints.betweenTransactions()
    for (let turn = 0; turn < 10; turn++) await undefined
    await checkpoints.wipe()
    expect(await inFiles()).toBe(false)
    await between
  })
})

/** Starts a process that does nothing but move the log. */
const startCheckpoints = async (path: string): Promise<ChildProcess> => {
  const program = `
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(${JSON.stringify(path)})
    process.stdout.write('started')
    for (;;) database.exec('PRAGMA wal_checkpoint(PASSIVE)')`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout ?? child, 'data')
  return child
}

/** A signal takes a moment to arrive. */
const untilStopped = async ({ pid }: ChildProcess): Promise<void> => {
  while (!/^State:\tT/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))) await new Promise(setImmediate)
}

it.runIf(existsSync('/proc/self/fd'))(
  'J09 what SQLite sorts or rewrites goes into the folder of the database',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carekey-store-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    // A temporary table goes where the copy of a rewritten file goes, and stays long enough to be seen.
    const program = `
      import { readdirSync, readlinkSync, existsSync } from 'node:fs'
      import { sql } from 'kysely'
      import { withStore, openStore } from './server/start/open-database.ts'
      const url = ${JSON.stringify(`sqlite:${join(folder, 'test.db')}`)}
      await (await openStore(url)).close()
      await withStore(url, ({ write }) => write(async (trx) => {
        await sql\`create temporary table sorted as with recursive row (n) as (select 1 union all select n + 1 from row where n < 500)
          select n, zeroblob(8000) as x from row\`.execute(trx)
        const links = readdirSync('/proc/self/fd').map((fd) => '/proc/self/fd/' + fd).filter(existsSync).map((fd) => readlinkSync(fd))
        console.log(JSON.stringify(links.filter((link) => link.includes('etilqs'))))
      }))`
    const { SQLITE_TMPDIR: _, ...env } = process.env
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env, stdio: 'pipe' })
    const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)])
    expect(error).toBe('')
    const files = JSON.parse(out) as string[]
    expect(files).not.toEqual([])
    for (const file of files) expect(dirname(file)).toBe(folder)
  },
)
