import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../../server/start/open-database.ts'
import { fillSqlite } from '../../../server/store/sqlite/fill-sqlite.ts'
import { StoreUnavailable } from '../../../server/store/store.ts'
import { runImport } from '../../fixtures/run-command.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-new-'))
  path = join(folder, 'clinic.db')
})
afterEach(() => rm(folder, { recursive: true }))

const fillingFiles = () => readdirSync(folder).filter((name) => name.includes('.filling-'))

const patients = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({ resourceType: 'Patient', id: `p${index}`, name: [{ family: `Stone${index}` }] }),
  ).join('\n')

const schemaOf = (file: string) => {
  const database = new DatabaseSync(file, { readOnly: true })
  const rows = database.prepare('select type, name, sql from sqlite_schema order by type, name').all()
  database.close()
  return rows
}

test('an import makes the same tables and indexes as a server, and a private file', async () => {
  const file = join(folder, 'patients.ndjson')
  await writeFile(file, patients(3))
  expect(await runImport(['--db', `sqlite:${path}`, file])).toMatchObject({ status: 0 })
  const served = join(folder, 'served.db')
  await (await openStore(`sqlite:${served}`)).close()
  expect(schemaOf(path)).toEqual(schemaOf(served))
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(fillingFiles()).toEqual([])
})

test('a new database that an import is killed in does not exist, and the next import starts again', async () => {
  const file = join(folder, 'patients.ndjson')
  await writeFile(file, patients(20_000))
  const args = ['server/cli/import/main.ts', '--db', `sqlite:${path}`, file]
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  const exit = once(child, 'exit')
  // Some batches are in the file.
  const size = () => statSync(join(folder, fillingFiles()[0] ?? ''), { throwIfNoEntry: false })?.size ?? 0
  await expect.poll(size, { interval: 10, timeout: 10_000 }).toBeGreaterThan(2_000_000)
  child.kill('SIGKILL')
  await exit
  expect(existsSync(path)).toBe(false)
  expect(fillingFiles()).toHaveLength(1)

  await writeFile(file, patients(5))
  expect((await runImport(['--db', `sqlite:${path}`, file])).last).toBe(
    '5 of 5 resources imported from 1 files.',
  )
  expect(fillingFiles()).toEqual([])
  const store = await openStore(`sqlite:${path}`)
  expect(await store.db.selectFrom('resource').select('id').execute()).toHaveLength(5)
  await store.close()
}, 30_000)

test('what a killed import left is deleted when the database is opened, and what another one fills is not', async () => {
  const filling = await fillSqlite(path)
  const [running] = fillingFiles()
  // The id of a process that runs, as it repeats in containers; a file that was cut, and one that is empty.
  const left = [`${path}.filling-${process.ppid}`, `${path}.filling-x`, `${path}.filling-`]
  await writeFile(left[0] ?? '', (await readFile(join(folder, running ?? ''))).subarray(0, 5000))
  await writeFile(left[1] ?? '', 'SQLite format 3')
  await writeFile(left[2] ?? '', '')
  const other = join(folder, 'clinic.db-other.filling-1')
  await writeFile(other, '')
  await (await openStore(`sqlite:${path}`)).close()
  expect(fillingFiles().sort()).toEqual(['clinic.db-other.filling-1', running])
  await filling.close()
})

test('a database that another process made meanwhile is not replaced', async () => {
  const filling = await fillSqlite(path)
  await (await openStore(`sqlite:${path}`)).close()
  const made = await readFile(path)
  await expect(filling.finish()).rejects.toThrow(StoreUnavailable)
  await filling.close()
  expect(await readFile(path)).toEqual(made)
  expect(fillingFiles()).toEqual([])
})

test('a work that throws leaves nothing in a database that is being filled', async () => {
  const filling = await fillSqlite(path)
  const work = filling.write(async (trx) => {
    await trx.insertInto('setting').values({ name: 'a', value: 'b' }).execute()
    throw new Error('stopped')
  })
  await expect(work).rejects.toThrow('stopped')
  expect(await filling.db.selectFrom('setting').where('name', '=', 'a').selectAll().execute()).toEqual([])
  await filling.close()
  expect(readdirSync(folder)).toEqual([])
})
