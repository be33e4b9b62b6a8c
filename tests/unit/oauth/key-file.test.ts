import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ACCESS_TOKEN_SECONDS } from '../../../server/grants/windows.ts'
import { addSigningKey, findKeyFile, newKeyFile, publishedKeys } from '../../../server/keys/key-file.ts'

const NOW = Date.UTC(2030, 0, 1)
const kids = (keys: readonly { kid?: string }[]) => keys.map(({ kid }) => kid)

test('F52 a rotated key is published for as long as an id_token lives, and not for a day', async () => {
  const before = await newKeyFile(NOW)
  const after = await addSigningKey(before, NOW)
  const [{ key: old }] = before.signing
  const [{ key: current }] = after.signing
  const life = ACCESS_TOKEN_SECONDS * 1000
  expect(kids(publishedKeys(after, NOW + life))).toEqual([current.kid, old.kid])
  expect(kids(publishedKeys(after, NOW + 2 * life))).toEqual([current.kid])
  expect(kids(publishedKeys(before, NOW + 900 * life))).toEqual([old.kid])
})

test('F52 the private half of a rotated key is deleted, and never published', async () => {
  const before = await newKeyFile(NOW)
  const after = await addSigningKey(before, NOW)
  const [, former] = after.signing
  const members = ['alg', 'e', 'kid', 'kty', 'n', 'use']
  expect(Object.keys(former?.key ?? {}).sort()).toEqual(members)
  for (const key of publishedKeys(after, NOW)) expect(Object.keys(key).sort()).toEqual(members)
})

test('F53 a file with other contents is not a key file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carekey-keys-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'keys')
  const whole = await newKeyFile(NOW)
  const [signing] = whole.signing
  for (const content of [
    '',
    'Dear Sir or Madam',
    '[]',
    JSON.stringify({ ...whole, cookies: 'short' }),
    JSON.stringify({ ...whole, signing: [] }),
    JSON.stringify({ ...whole, signing: [{ ...signing, key: { ...signing.key, d: undefined } }] }),
  ]) {
    await writeFile(file, content, { mode: 0o600 })
    await expect(findKeyFile(file)).rejects.toThrow(`${file} does not contain Carekey's keys. Restore it`)
  }
  await writeFile(file, JSON.stringify(whole))
  expect(await findKeyFile(file)).toEqual(whole)
})
