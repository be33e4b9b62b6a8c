import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateKeys } from '../../../server/cli/admin/keys-command.ts'
import { type KeyFile, newKeyFile } from '../../../server/keys/key-file.ts'
import { findKeyId, openKeys } from '../../../server/keys/keys.ts'
import { type Store, StoreUnavailable } from '../../../server/store/store.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { config } from '../audit/logged.ts'

describe.each(engines)('the keys of a database that several processes use at once, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-keys-'))
    database = await createDatabase(engine)
    store = await database.open()
  })
  afterAll(async () => {
    await store.close()
    await database.close()
    await rm(folder, { recursive: true })
  })
  const open = (from: Store, file: string) =>
    openKeys({ config, store: from, file, clock: Date.now, onFault: () => undefined })
  const idsIn = async (file: string) =>
    (JSON.parse(await readFile(file, 'utf8')) as KeyFile).signing.map(({ key }) => key.kid)

  it('F51 stay in their file if the database could not be written, because another server may have found them', async () => {
    const file = join(folder, 'keys.json')
    const write = async () => {
      // The other server, which is starting at this moment.
      await open(store, file)
      throw new StoreUnavailable(undefined)
    }
    await expect(open({ ...store, write }, file)).rejects.toThrow(StoreUnavailable)
    expect(await idsIn(file)).toEqual([await findKeyId(store.db)])
    // A file that was made for a database with other keys is deleted again.
    const another = join(folder, 'other.json')
    await expect(open(store, another)).rejects.toMatchObject({ code: 'keys-refused' })
    await expect(readFile(another)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('F52 that could not be read once are read at the next use, though the file looks the same, and that is reported once', async () => {
    const file = join(folder, 'keys.json')
    await open(store, file)
    const faults: unknown[] = []
    const onFault = (error: unknown) => faults.push(error)
    const keys = await openKeys({ config, store, file, clock: Date.now, onFault })
    const [text, { cookies }] = [await readFile(file, 'utf8'), keys]
    const next = await newKeyFile(Date.now())
    const put = async (content: string) => {
      await writeFile(file, content)
      await utimes(file, 1_000_000_000, 1_000_000_000)
    }
    const later = JSON.stringify(next)
    await put('x'.repeat(later.length))
    expect([keys.cookies, keys.cookies]).toEqual([cookies, cookies])
    expect(faults).toHaveLength(1)
    await put(later)
    expect(keys.cookies).toBe(next.cookies)
    // A later fault is another one.
    await put('')
    expect(keys.cookies).toBe(next.cookies)
    expect(faults).toHaveLength(2)
    await put(text)
  })

  it('F52 are rotated one after the other: no reported key is lost, and the database names the one that signs', async () => {
    const file = join(folder, 'keys.json')
    await open(store, file)
    const before = await idsIn(file)
    const args = ['--db', database.url, '--keys', file]
    const reports = await Promise.all([rotateKeys(args), rotateKeys(args), rotateKeys(args)])
    const after = await idsIn(file)
    expect(after).toHaveLength(before.length + 3)
    for (const { keys } of reports as { keys: { kid: string }[] }[]) expect(after).toContain(keys[0]?.kid)
    expect(await findKeyId(store.db)).toBe(after[0])
  })
})
