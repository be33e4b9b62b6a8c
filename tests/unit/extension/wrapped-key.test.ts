import { expect, it } from 'vitest'
import { generateClosedKey, openWith, sealWith } from '../../../extension/storage/vault.ts'
import { generateKeyBytes, importKey, unwrapKey, wrapKey } from '../../../extension/storage/wrapped-key.ts'

const secretOf = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const passkey = { id: 'Y3JlZGVudGlhbA==', salt: 'c2FsdA==' }

it('opens with its PIN, and with no other', async () => {
  const [bytes, device] = [generateKeyBytes(), await generateClosedKey()]
  const wrapped = await wrapKey(bytes, { pin: '493817' }, device)
  expect(JSON.stringify(wrapped)).not.toContain(bytes)
  expect(await unwrapKey(wrapped, { pin: '493817' }, device)).toBe(bytes)
  expect(await unwrapKey(wrapped, { pin: '493818' }, device)).toBeUndefined()
  expect(await unwrapKey(wrapped, { secret: secretOf(1) }, device)).toBeUndefined()
})

it('does not open with the PIN and another browser’s key', async () => {
  const wrapped = await wrapKey(generateKeyBytes(), { pin: '493817' }, await generateClosedKey())
  expect(await unwrapKey(wrapped, { pin: '493817' }, await generateClosedKey())).toBeUndefined()
})

it('takes 600,000 rounds for each try of a PIN, each with its own salt', async () => {
  const device = await generateClosedKey()
  const [one, other] = [
    await wrapKey(generateKeyBytes(), { pin: '493817' }, device),
    await wrapKey(generateKeyBytes(), { pin: '493817' }, device),
  ]
  expect(one).toMatchObject({ by: 'pin', iterations: 600_000 })
  expect(one.salt).not.toBe(other.salt)
})

it('opens with a passphrase however a keyboard composes it', async () => {
  const [bytes, device] = [generateKeyBytes(), await generateClosedKey()]
  const wrapped = await wrapKey(bytes, { pin: 'contraseña'.normalize('NFD') }, device)
  expect(await unwrapKey(wrapped, { pin: 'contraseña'.normalize('NFC') }, device)).toBe(bytes)
})

it('opens with the secret of its passkey, and with nothing else', async () => {
  const [bytes, device] = [generateKeyBytes(), await generateClosedKey()]
  const wrapped = await wrapKey(bytes, { passkey, secret: secretOf(1) }, device)
  expect(wrapped).toMatchObject({ by: 'passkey', ...passkey })
  expect(await unwrapKey(wrapped, { secret: secretOf(1) }, device)).toBe(bytes)
  expect(await unwrapKey(wrapped, { secret: secretOf(2) }, device)).toBeUndefined()
  expect(await unwrapKey(wrapped, { pin: '493817' }, device)).toBeUndefined()
})

it('is not extractable once it is imported', async () => {
  const key = await importKey(generateKeyBytes())
  expect(key.extractable).toBe(false)
  expect(await openWith(key, 'a', await sealWith(key, 'a', 'value'))).toBe('value')
})
