import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { durableAdapter } from '../../bench/peers/durable-adapter.ts'

let folder = ''
let adapterOf: ReturnType<typeof durableAdapter>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-peers-'))
  adapterOf = durableAdapter(join(folder, 'peer.db'))
})
afterAll(() => rm(folder, { recursive: true }))

test('the engine that Carekey is compared with finds what it stored, by id and by uid, and each model apart', async () => {
  const sessions = adapterOf('Session')
  await sessions.upsert('one', { uid: 'u', accountId: 'john' }, 60)
  expect(await sessions.find('one')).toEqual({ uid: 'u', accountId: 'john' })
  expect(await sessions.findByUid('u')).toEqual({ uid: 'u', accountId: 'john' })
  expect(await adapterOf('Grant').find('one')).toBeUndefined()
})

test('a used token is marked, an expired one is gone', async () => {
  const tokens = adapterOf('RefreshToken')
  await tokens.upsert('used', { grantId: 'g' }, 60)
  await tokens.consume('used')
  expect(await tokens.find('used')).toEqual({ grantId: 'g', consumed: expect.any(Number) })
  await tokens.upsert('old', { grantId: 'g' }, -1)
  expect(await tokens.find('old')).toBeUndefined()
})

test('ending a grant ends its tokens of every model and no others', async () => {
  await adapterOf('AccessToken').upsert('mine', { grantId: 'ended' }, 60)
  await adapterOf('RefreshToken').upsert('mine', { grantId: 'ended' }, 60)
  await adapterOf('AccessToken').upsert('other', { grantId: 'kept' }, 60)
  await adapterOf('AccessToken').revokeByGrantId('ended')
  expect(await adapterOf('AccessToken').find('mine')).toBeUndefined()
  expect(await adapterOf('RefreshToken').find('mine')).toBeUndefined()
  expect(await adapterOf('AccessToken').find('other')).toEqual({ grantId: 'kept' })
})
