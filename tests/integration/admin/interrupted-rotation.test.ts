import { readFile, rename, rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeyFile } from '../../../server/keys/key-file.ts'
import { findKeyId, openKeys, storeKeyId } from '../../../server/keys/keys.ts'
import type { Store } from '../../../server/store/store.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'
import { config } from '../audit/logged.ts'

const ROTATIONS = [{ more: ['--lost'] }, { more: ['--compromised'] }, { more: [] }]

describe.each(engines)('a rotation that ends between the key file and its commit, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await createDatabase(engine)
    store = await database.open()
    await start()
  })
  afterEach(async () => {
    await store.close()
    await database.close()
  })

  const start = () =>
    openKeys({ config, store, file: database.keyFile, clock: Date.now, onFault: () => undefined })
  const rotate = (...more: string[]) =>
    runAdmin(['keys', 'rotate', ...more, '--db', database.url, '--keys', database.keyFile])
  const signingKey = async () => {
    const { signing } = JSON.parse(await readFile(database.keyFile, 'utf8')) as KeyFile
    return signing[0].key.kid
  }
  /** The keys that the log says were made, in order. */
  const loggedKeys = async () => {
    const rows = await store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'register')
      .orderBy('seq')
      .execute()
    return rows.map(({ json }) => /"type":"key","valueString":"([^"]+)"/.exec(json)?.[1])
  }
  /** Leaves what a command leaves that is killed just before its commit. */
  const interrupt = async (...more: string[]) => {
    const mark = (await findKeyId(store.db)) ?? expect.fail()
    if (more.includes('--lost')) await rm(database.keyFile)
    expect((await rotate(...more)).status).toBe(0)
    await store.write(async (trx) => {
      await storeKeyId(trx, mark)
      for (const table of ['audit_queue', 'audit_leaf', 'audit_event'] as const)
        await trx.deleteFrom(table).execute()
    })
    expect(await loggedKeys()).toEqual([])
    return signingKey()
  }

  test.each([['--lost'], ['--compromised'], []])(
    'the next start completes and logs it: %s',
    async (...more) => {
      const kid = await interrupt(...more)
      await start()
      expect([await findKeyId(store.db), await loggedKeys()]).toEqual([kid, [kid]])
      await start()
      expect(await loggedKeys()).toEqual([kid])
    },
  )

  test('F51 keys rotate --lost can be repeated', async () => {
    const kid = await interrupt('--lost')
    expect(await rotate('--lost')).toMatchObject({ status: 0, out: expect.stringContaining(kid) })
    expect([await findKeyId(store.db), await loggedKeys()]).toEqual([kid, [kid]])
    expect(await rotate('--lost')).toMatchObject({ status: 1, last: expect.stringContaining('not lost') })
  })

  test.each(ROTATIONS)('F51 the next rotation completes and logs keys rotate $more', async ({ more }) => {
    const kid = await interrupt(...more)
    expect((await rotate()).status).toBe(0)
    expect(await loggedKeys()).toEqual([kid, await signingKey()])
    expect(await findKeyId(store.db)).toBe(await signingKey())
  })

  test('F51 keys of another database are replaced by no rotation, which says what to do', async () => {
    const other = await createDatabase('sqlite')
    const elsewhere = await other.open()
    await openKeys({ config, store: elsewhere, file: other.keyFile, clock: Date.now, onFault: () => {} })
    await elsewhere.close()
    await rename(other.keyFile, database.keyFile)
    await other.close()
    const kid = await signingKey()
    for (const { more } of ROTATIONS)
      expect(await rotate(...more)).toMatchObject({
        status: 1,
        last: expect.stringMatching(/does not contain .* Copy the file .* move .* away; .*--lost/),
      })
    expect(await signingKey()).toBe(kid)
  })
})
