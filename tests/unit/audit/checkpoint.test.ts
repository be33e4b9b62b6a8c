import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  CheckpointRefused,
  noteKeyOf,
  openCheckpoint,
  originOf,
  signCheckpoint,
  verifierKey,
} from '../../../server/audit/checkpoint/checkpoint.ts'

const key = noteKeyOf(generateKeyPairSync('ed25519').privateKey)
const origin = originOf('https://records.example.org')
const root = new Uint8Array(32).fill(7)
const { note } = signCheckpoint({ origin, size: 42, root }, key)

const reasonOf = (text: string, by = key, of?: string) => {
  try {
    openCheckpoint(text, by, of)
    return 'holds'
  } catch (error) {
    return error instanceof CheckpointRefused ? error.reason : error
  }
}

describe('a checkpoint', () => {
  it('is the text of C2SP tlog-checkpoint', () => {
    const [first, second, third, empty, signature, end] = note.split('\n')
    expect([first, second, third, empty, end]).toEqual([
      'records.example.org/audit',
      '42',
      Buffer.from(root).toString('base64'),
      '',
      '',
    ])
    expect(signature).toMatch(/^— records\.example\.org\/audit [A-Za-z0-9+/]{90,91}=?=?$/)
    const [name, id, bytes] = verifierKey(origin, key).split('+')
    expect(name).toBe(origin)
    const signatureBytes = Buffer.from(signature?.split(' ')[2] ?? '', 'base64')
    expect(signatureBytes.subarray(0, 4).toString('hex')).toBe(id)
    expect(signatureBytes).toHaveLength(68)
    expect(Buffer.from(bytes ?? '', 'base64')[0]).toBe(1)
  })

  it('is valid for its key and its origin', () => {
    expect(openCheckpoint(note, key, origin)).toMatchObject({ origin, size: 42 })
  })

  it('D10 is invalid with another size, root, origin or signature, and says which', () => {
    expect(reasonOf(note.replace('\n42\n', '\n43\n'))).toBe('signature')
    const otherRoot = Buffer.from(root.with(0, 8)).toString('base64')
    expect(reasonOf(note.replace(Buffer.from(root).toString('base64'), otherRoot))).toBe('signature')
    expect(reasonOf(note, key, 'evil.test/audit')).toBe('origin')
    expect(reasonOf(note.replaceAll(origin, 'evil.test/audit'), key, origin)).toBe('origin')
    expect(reasonOf(note, noteKeyOf(generateKeyPairSync('ed25519').privateKey))).toBe('key')
    const flipped = note.replace(/ ([A-Za-z0-9+/=]+)\n$/, (_, line: string) => {
      const bytes = Buffer.from(line, 'base64')
      bytes[20] = (bytes[20] ?? 0) ^ 1
      return ` ${bytes.toString('base64')}\n`
    })
    expect(reasonOf(flipped)).toBe('signature')
    for (const text of ['', 'x', note.slice(0, -30), note.replace('42', '042'), note.replace('42', '-1')])
      expect(reasonOf(text), text).toBe('malformed')
  })
})
