import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pulseRecords } from '../../../server/demo/pulse.ts'
import { NotThisDemo, seedDemo } from '../../../server/demo/seed.ts'
import { checkPassword } from '../../../server/sign-in/password/password-check.ts'
import { openStore } from '../../../server/start/open-database.ts'
import type { Store } from '../../../server/store/store.ts'
import { EXTENSION_ADDRESSES, redirectAddress } from '../../../values/extension-addresses.ts'

const SEEDED = Date.parse('2025-11-24T12:00:00Z')

let folder: string
let store: Store
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-seed-'))
  store = await openStore(`sqlite:${join(folder, 'pulse.db')}`)
  await seedDemo(store, 'pulse', { publicUrl: 'http://localhost:3200' }, () => SEEDED)
})
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

const held = () =>
  store.db
    .selectFrom('resource')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.max('version').as('version')])
    .executeTakeFirstOrThrow()

it('stores every record and lets the accounts sign in', async () => {
  expect(await held()).toEqual({ count: pulseRecords('2025-11-24').length, version: 1 })
  const attempt = (password: string) =>
    checkPassword(store, { username: 'john', password, address: '192.0.2.1' }, Date.now())
  expect(await attempt('john-demo')).toMatchObject({
    account: { name: 'John Doe', role: 'patient', patient: 'pd-john-doe' },
  })
  expect(await attempt('jane-demo')).toMatchObject({ reason: 'wrong_password' })
})

it('finds its records at a later start and changes only the addresses of Carekey', async () => {
  const before = await held()
  const elsewhere = { publicUrl: 'http://localhost:4200' }
  await seedDemo(store, 'pulse', elsewhere, () => Date.parse('2026-11-24T12:00:00Z'))
  expect(await held()).toEqual(before)
  const { payload } = await store.db
    .selectFrom('oauth_record')
    .select('payload')
    .where('model', '=', 'Client')
    .where('id', '=', 'carekey')
    .executeTakeFirstOrThrow()
  const { redirect_uris, client_id_issued_at } = JSON.parse(payload)
  expect(redirect_uris).toEqual(
    Object.values(EXTENSION_ADDRESSES).map((own) => redirectAddress(own, 'http://localhost:4200/fhir')),
  )
  expect(client_id_issued_at * 1000).toBe(SEEDED)
})

it('does not serve one organization as another', async () => {
  await expect(
    seedDemo(store, 'riverside', { publicUrl: 'http://localhost:3200' }, Date.now),
  ).rejects.toThrow(NotThisDemo)
})

it('does not mix the demo with other records', async () => {
  const own = await openStore(`sqlite:${join(folder, 'own.db')}`)
  const account = {
    id: 'a',
    username: 'a',
    password_hash: '',
    name: 'A',
    role: 'admin' as const,
    patient: null,
    practitioner: null,
  }
  await own.write((trx) => trx.insertInto('account').values(account).execute())
  await expect(seedDemo(own, 'pulse', { publicUrl: 'http://localhost:3200' }, Date.now)).rejects.toThrow(
    /records of its own/,
  )
  await own.close()
})

it('says what to enter when a database cannot be used', async () => {
  await expect(openStore('postgres://someone:secret@127.0.0.1:1/x')).rejects.toThrow(
    /^The database 127.0.0.1:1.x cannot be opened/,
  )
  await expect(openStore('carekey.db')).rejects.toThrow(/sqlite:PATH/)
  await expect(openStore(`sqlite:${folder}`)).rejects.toThrow(/cannot be opened/)
})
