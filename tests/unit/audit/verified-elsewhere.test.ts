import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openCheckpoint, readKey } from '../../../extension/access-log/proof/log-checkpoint.ts'
import { canonicalJson, leafOf } from '../../../extension/access-log/proof/log-leaf.ts'
import { verifyConsistency, verifyInclusion } from '../../../extension/access-log/proof/log-tree.ts'
import {
  openCheckpoint as openAtServer,
  parseVerifierKey,
} from '../../../server/audit/checkpoint/checkpoint.ts'
import { hashOfEntry } from '../../../server/audit/entry/leaf.ts'

interface Entry {
  readonly event: object
  readonly index: number
  readonly salt: string
  readonly count: number
  readonly proof: string[]
}

/** Part of a demo's log that somebody else's program found sound (docs/trials/log-verifier.md). */
const { log, first, second, consistency } = JSON.parse(
  readFileSync(new URL('../../fixtures/verified-elsewhere.json', import.meta.url), 'utf8'),
) as {
  log: { origin: string; key: string; checkpoint: string; entries: Entry[] }
  first: string
  second: string
  consistency: { proof: string[] }
}

const bytes = (text: string, encoding: 'base64' | 'base64url' = 'base64') =>
  Uint8Array.from(Buffer.from(text, encoding))

const open = async (note: string) => {
  const key = await readKey(log.key)
  const checkpoint = key && (await openCheckpoint(note, { origin: log.origin, key }))
  if (typeof checkpoint !== 'object') throw new Error(`The checkpoint is ${checkpoint}.`)
  return checkpoint
}

describe("a log that somebody else's verifier found sound", () => {
  test('has the same key and checkpoints for the extension and the server', async () => {
    const key = parseVerifierKey(log.key)
    if (!key) throw new Error('The server does not read the key.')
    for (const note of [log.checkpoint, first, second]) {
      const { size, root } = openAtServer(note, key, log.origin)
      const head = await open(note)
      expect(head.size).toBe(size)
      expect(Buffer.from(head.root)).toEqual(Buffer.from(root))
    }
  })

  test.each(log.entries)('has the same leaf of entry $index, with a proof that holds', async (entry) => {
    const salt = bytes(entry.salt, 'base64url')
    const json = canonicalJson(entry.event) ?? expect.fail()
    const leaf = await leafOf(entry.event as never, { text: json, salt, count: entry.count })
    if (!leaf) throw new Error('The entry has no leaf.')
    expect(Buffer.from(leaf)).toEqual(hashOfEntry({ json, salt, count: entry.count }))
    const proof = entry.proof.map((each) => bytes(each))
    const under = { ...(await open(log.checkpoint)), index: entry.index, proof }
    expect(await verifyInclusion({ leaf, ...under })).toBe('proven')
    expect(await verifyInclusion({ leaf: leaf.toReversed(), ...under })).toBe('root')
  })

  test('continues its earlier checkpoint', async () => {
    const [from, to] = [await open(first), await open(second)]
    const proof = consistency.proof.map((each) => bytes(each))
    expect(await verifyConsistency({ from, to, proof })).toBe('proven')
    expect(await verifyConsistency({ from, to, proof: proof.toReversed() })).not.toBe('proven')
  })
})
