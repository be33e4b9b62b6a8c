import { createPrivateKey, createPublicKey, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openCheckpoint, readKey } from '../../../extension/access-log/proof/log-checkpoint.ts'
import { createKey } from '../../fixtures/reference-log.ts'
import { sha256 } from '../../fixtures/reference-tree.ts'

const origin = 'clinic.example/audit'
const own = createKey(origin)
const root = sha256(Buffer.from('root'))
const requireKey = async (vkey = own.vkey) => {
  const key = await readKey(vkey)
  if (!key) throw new Error('no key')
  return key
}
const open = async (note: string, expected = origin) =>
  openCheckpoint(note, { origin: expected, key: await requireKey() })

describe('a key', () => {
  it('is read with its origin', async () => {
    expect((await requireKey()).origin).toBe(origin)
  })

  it('verifies the example of C2SP', async () => {
    const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
    const key = await requireKey(vkey)
    expect(key.origin).toBe('PeterNeumann')
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    const signature = Buffer.from(
      'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=',
      'base64',
    )
    const x = Buffer.from(key.publicKey).toString('base64url')
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    expect(verify(null, Buffer.from(text), publicKey, signature.subarray(4))).toBe(true)
    expect(Buffer.from(key.id)).toEqual(signature.subarray(0, 4))
  })

  it('is refused when its parts do not fit', async () => {
    const [name, id, key] = own.vkey.split(/\+(.{8})\+/)
    const typed = Buffer.from(key ?? '', 'base64')
    const wrong = [
      '',
      `${name}+${id}`,
      `other.example/audit+${id}+${key}`,
      `${name}+00000000+${key}`,
      `${name}+${id}+${key}A`,
      `${name}+${id}+${key}\n`,
      `${name}+${id}+${Buffer.concat([Buffer.of(2), typed.subarray(1)]).toString('base64')}`,
      `${name}+${id}+${typed.subarray(0, 32).toString('base64')}`,
      `${name} +${id}+${key}`,
    ]
    for (const vkey of wrong) expect(await readKey(vkey), vkey).toBeUndefined()
  })
})

describe('a checkpoint', () => {
  it('gives the number of entries, and their root', async () => {
    expect(await open(own.note(42, root))).toEqual({ size: 42, root: Uint8Array.from(root) })
    expect(await open(own.note(0, sha256()))).toEqual({ size: 0, root: Uint8Array.from(sha256()) })
  })

  it('may bear the signatures of witnesses as well', async () => {
    const witness = createKey('witness.example').note(42, root, 'witness.example').split('\n\n')[1]
    expect(await open(`${own.note(42, root)}${witness}`)).toMatchObject({ size: 42 })
    expect(await open(own.note(42, root).replace('\n\n', `\n\n${witness}`))).toMatchObject({ size: 42 })
  })

  it('is refused with the reason', async () => {
    const note = own.note(42, root)
    const other = createKey(origin)
    const [text, signature = ''] = note.split('\n\n')
    const bent = `${signature.slice(0, -7)}${signature.at(-7) === 'A' ? 'B' : 'A'}${signature.slice(-6)}`
    expect(await open(note, 'clinic.example')).toBe('other-origin')
    expect(await open(own.note(42, root, 'other.example/audit'))).toBe('other-origin')
    expect(await open(note.replace(`${origin}\n42`, 'other.example/audit\n42'))).toBe('other-origin')
    expect(await open(other.note(42, root))).toBe('unknown-key')
    expect(await open(note.replace(`— ${origin}`, '— other.example'))).toBe('unknown-key')
    expect(await open(note.replace('\n42\n', '\n43\n'))).toBe('bad-signature')
    expect(await open(note.replace(root.toString('base64'), sha256().toString('base64')))).toBe(
      'bad-signature',
    )
    expect(await open(`${text}\n\n${bent}`)).toBe('bad-signature')
    expect(await open(`${text}\n\n${bent}${signature}`)).toBe('bad-signature')
  })

  it('is refused when it is malformed', async () => {
    const note = own.note(42, root)
    const [text = '', signature = ''] = note.split('\n\n')
    const wrong = [
      '',
      '\n\n',
      text,
      `${text}\n\n`,
      `${text}\n${signature}`,
      note.slice(0, -1),
      `${note}\n`,
      `${note}no signature\n`,
      note.replace('\n42\n', '\n042\n'),
      note.replace('\n42\n', '\n-42\n'),
      note.replace('\n42\n', '\n0x2a\n'),
      note.replace('\n42\n', '\n9007199254740993\n'),
      note.replace('\n42\n', '\n\n'),
      note.replace('— ', '- '),
      note.replace(/=\n\n/, '\n\n'),
      note.replace('\n\n', '\nextension\n\n'),
      own.note(42, root.subarray(1)),
      own.note(0, root),
      `\ufeff${note}`.replace(origin, `${origin}\ud800`),
      `${text}\n\n${signature.repeat(17)}`,
    ]
    for (const [at, none] of wrong.entries()) expect(await open(none), `${at}`).toBe('malformed')
  })

  it('is refused if its name is not the one of the log, even if the key is the same', async () => {
    const pair = createPrivateKey({
      key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
      format: 'der',
      type: 'pkcs8',
    })
    const [here, there] = [createKey(origin, pair), createKey('other.example/audit', pair)]
    const key = await requireKey(there.vkey)
    expect(await openCheckpoint(here.note(1, root), { origin, key })).toBe('unknown-key')
    const lent = there.note(1, root, origin).replace(`— ${origin}`, '— other.example/audit')
    expect(await openCheckpoint(lent, { origin, key })).toBe('unknown-key')
  })
})
