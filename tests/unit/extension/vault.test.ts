import { expect, it } from 'vitest'
import { createVault } from '../../../extension/storage/vault.ts'
import { createKeyStore } from '../../fakes/key-store.ts'

it('opens what it sealed', async () => {
  const vault = createVault(createKeyStore())
  const sealed = await vault.seal('grant:1', { refreshToken: 'secret' })
  expect(JSON.stringify(sealed)).not.toContain('secret')
  expect(await vault.open('grant:1', sealed)).toEqual({ refreshToken: 'secret' })
})

it('does not open a value under another name', async () => {
  const vault = createVault(createKeyStore())
  const sealed = await vault.seal('grant:1', 'secret')
  expect(await vault.open('grant:2', sealed)).toBeUndefined()
})

it('does not open a value that was sealed with a lost key', async () => {
  const sealed = await createVault(createKeyStore()).seal('grant:1', 'secret')
  expect(await createVault(createKeyStore()).open('grant:1', sealed)).toBeUndefined()
})

it('keeps its key where its bytes cannot be read', async () => {
  const keys = createKeyStore()
  await createVault(keys).seal('grant:1', 'secret')
  const key = await keys.find('vault')
  expect(key?.extractable).toBe(false)
})
