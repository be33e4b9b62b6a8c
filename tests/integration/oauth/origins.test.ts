import { CompiledQuery } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertClient, putClient } from '../../../server/oauth/clients/clients.ts'
import { endClient } from '../../../server/oauth/clients/end-client.ts'
import { clientAt, createOriginCheck } from '../../../server/oauth/clients/origins.ts'
import type { Store } from '../../../server/store/store.ts'
import { createDatabase, engines, type TestDatabase } from '../../fixtures/store.ts'

const FIREFOX =
  'https://72eb57131cec718e15fdb0566fcefd82f9b1cbd0.extensions.allizom.org/https/clinic.example/fhir'

describe.each(engines)('the origins that may call, on %s', (engine) => {
  let database: TestDatabase
  let store: Store
  beforeAll(async () => {
    database = await createDatabase(engine)
    store = await database.open()
  })
  afterAll(async () => {
    await store.close()
    await database.close()
  })
  const isRegistered = (origin: string) => createOriginCheck(store)(origin)
  const put = (client_id: string, ...redirect_uris: string[]) =>
    store.write((trx) => putClient(trx, { client_id, redirect_uris }))

  it('J10 are those of registrations as they are now', async () => {
    const [first, second] = ['https://first.example', 'https://second.example']
    await put('changing', `${first}/callback`, `${first}/another`, 'app.native:/callback')
    expect(await isRegistered(first)).toBe(true)
    await put('changing', `${second}/callback`)
    expect([await isRegistered(first), await isRegistered(second)]).toEqual([false, true])
    await store.write((trx) => endClient(trx, 'changing'))
    expect(await isRegistered(second)).toBe(false)
    // The next application with this Client ID has its own.
    await store.write((trx) => insertClient(trx, { client_id: 'changing', redirect_uris: [`${first}/x`] }))
    expect([await isRegistered(first), await isRegistered(second)]).toEqual([true, false])
    expect(
      await store.write((trx) => insertClient(trx, { client_id: 'changing', redirect_uris: [second] })),
    ).toBe(false)
    expect(await isRegistered(second)).toBe(false)
  })

  it('F32 are one for all extensions of Firefox', async () => {
    const extension = 'moz-extension://01234567-89ab-cdef-0123-456789abcdef'
    expect(await isRegistered(extension)).toBe(false)
    await put('firefox', FIREFOX)
    await put('firefox-2', FIREFOX)
    expect(await isRegistered(extension)).toBe(true)
    expect(await isRegistered('null')).toBe(false)
    expect(await isRegistered('moz-extension:')).toBe(false)
  })
})

it('T09 a stranger’s origin is looked up by its index alone', async () => {
  const database = await createDatabase('sqlite')
  const store = await database.open()
  const { sql, parameters } = clientAt(store.db, 'https://stranger.example').compile()
  const explained = CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])
  const { rows } = await store.db.executeQuery<{ detail: string }>(explained)
  expect(rows.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/^SEARCH client_origin .*\(origin=\?\)/),
    'CORRELATED SCALAR SUBQUERY 1',
    expect.stringMatching(/^SEARCH client .*\(model=\? AND id=\?\)/),
  ])
  await store.close()
  await database.close()
})
