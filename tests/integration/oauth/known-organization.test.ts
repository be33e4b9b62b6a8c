import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../../server/app.ts'
import { demoOrganizations } from '../../../server/demo/organizations.ts'
import type { Store } from '../../../server/store/store.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

describe.each(engines)('T08 one database is one organization at one address, on %s', (engine) => {
  let folder: string
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-address-'))
    database = await createDatabase(engine)
    store = await database.open()
  })
  afterAll(async () => {
    await store.close()
    await database.close()
    await rm(folder, { recursive: true })
  })

  const start = async (publicUrl: string, more: { moveAddress?: boolean; on?: Store } = {}) => {
    const { on = store, ...options } = more
    const app = await createApp({
      config: {
        ...{ publicUrl, host: '127.0.0.1', port: 0, source: { kind: 'embedded' } },
        organization: demoOrganizations.riverside,
      },
      ...{ store: on, clock: Date.now, keyFile: join(folder, 'keys'), logKey: { file: join(folder, 'log') } },
      ...options,
    })
    await app.close()
    return publicUrl
  }
  const OLD = 'https://records.example.org'
  const NEW = 'https://records.example.com'

  it('is moved only by its operator', async () => {
    expect(await start(OLD)).toBe(OLD)
    const refused = {
      code: 'address-refused',
      message: expect.stringMatching(/belongs to .*\.org, not to .*\.com: .*--move-address/),
    }
    await expect(start(NEW)).rejects.toMatchObject(refused)
    await expect(start('http://localhost:3100')).rejects.toMatchObject({ code: 'address-refused' })
    expect(await start(OLD)).toBe(OLD)
    expect(await start(NEW, { moveAddress: true })).toBe(NEW)
    expect(await start(NEW)).toBe(NEW)
    await expect(start(OLD)).rejects.toMatchObject({ code: 'address-refused' })
  })

  it('belongs to the first of two servers that start on it at once', async () => {
    await store.write((trx) => trx.deleteFrom('setting').where('name', '=', 'organization').execute())
    const other = await database.open()
    const outcomes = await Promise.allSettled([start(OLD), start(NEW, { on: other })])
    await other.close()
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('may change addresses of this machine, which are nobody else’s', async () => {
    await store.write((trx) => trx.deleteFrom('setting').where('name', '=', 'organization').execute())
    expect(await start('http://localhost:3100')).toBeDefined()
    expect(await start('http://127.0.0.1:3200')).toBeDefined()
    await expect(start(OLD)).rejects.toMatchObject({ code: 'address-refused' })
  })
})
