import { describe, expect, it } from 'vitest'
import {
  emptyRoot,
  hashLeaf,
  verifyConsistency,
  verifyInclusion,
} from '../../../extension/access-log/proof/log-tree.ts'
import {
  type ConsistencyClaim,
  forgedConsistencies,
  forgedInclusions,
  type InclusionClaim,
} from '../../fixtures/forged-proofs.ts'
import { hastenHashes } from '../../fixtures/hastened-hashes.ts'
import { RECORDS, ROOTS } from '../../fixtures/known-tree.ts'
import { leafHash, referenceTree } from '../../fixtures/reference-tree.ts'

hastenHashes()

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'hex'))
const plain = (buffers: Buffer[]) => buffers.map((buffer) => Uint8Array.from(buffer))

const [rootOfNone, ...roots] = ROOTS

describe('the tree of Certificate Transparency', () => {
  it('has the known hashes', async () => {
    expect(hex(await emptyRoot())).toBe(rootOfNone)
    expect(hex(await hashLeaf(bytes('')))).toBe(roots[0])
    expect(hex(await hashLeaf(bytes('00')))).toBe(
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    )
  })

  it('proves its records under the known roots', async () => {
    const tree = referenceTree(RECORDS.map((record) => leafHash(bytes(record))))
    for (const [at, root] of roots.entries()) {
      const size = at + 1
      for (let index = 0; index < size; index++) {
        const leaf = await hashLeaf(bytes(RECORDS[index] ?? ''))
        const proof = plain(tree.inclusion(index, size))
        expect(await verifyInclusion({ leaf, index, size, root: bytes(root), proof })).toBe('proven')
      }
    }
  })

  it('proves its growth by the known proofs', async () => {
    const proofs: [number, number, string[]][] = [
      [
        1,
        8,
        [
          '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
          '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
          '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
        ],
      ],
      [
        6,
        8,
        [
          '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
          'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
          'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
        ],
      ],
      [
        2,
        5,
        [
          '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
          'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
        ],
      ],
    ]
    for (const [from, to, proof] of proofs) {
      const claim = {
        from: { size: from, root: bytes(roots[from - 1] ?? '') },
        to: { size: to, root: bytes(roots[to - 1] ?? '') },
        proof: proof.map(bytes),
      }
      expect(await verifyConsistency(claim), `${from} to ${to}`).toBe('proven')
    }
  })
})

const most = 130
const leaves = Array.from({ length: most + 1 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)))
const tree = referenceTree(leaves)
const sizes = Array.from({ length: most }, (_, at) => at + 1)
const rootOf = (size: number) => Uint8Array.from(tree.root(size))

const inclusion = (index: number, size: number): InclusionClaim => ({
  leaf: Uint8Array.from(leaves[index] ?? []),
  index,
  size,
  root: rootOf(size),
  proof: plain(tree.inclusion(index, size)),
})

const consistency = (from: number, to: number): ConsistencyClaim => ({
  from: { size: from, root: rootOf(from) },
  to: { size: to, root: rootOf(to) },
  proof: plain(tree.consistency(from, to)),
})

/** Sizes where the shape of a proof changes: the ends, and around powers of two. */
const telling = (most: number): number[] => {
  const around = [1, 2, 4, 8, 16, 32, 64, 128].flatMap((power) => [power - 1, power, power + 1])
  return [...new Set([...around, most - 1, most])].filter((each) => each >= 1 && each <= most)
}

describe.each([
  { name: '1 to 43', some: sizes.slice(0, 43) },
  { name: '44 to 86', some: sizes.slice(43, 86) },
  { name: '87 to 130', some: sizes.slice(86) },
])('a log of $name entries', ({ some }) => {
  it('proves each of them', async () => {
    for (const size of some)
      for (let index = 0; index < size; index++)
        expect(await verifyInclusion(inclusion(index, size)), `${index} of ${size}`).toBe('proven')
  })

  it('proves that it continues itself', async () => {
    for (const to of some)
      for (const from of to <= 43 ? sizes.slice(0, to) : telling(to))
        expect(await verifyConsistency(consistency(from, to)), `${from} to ${to}`).toBe('proven')
  })

  it('proves no entry by a forged proof', async () => {
    for (const size of some)
      for (const number of [1, Math.ceil(size / 2), size])
        for (const [at, forged] of forgedInclusions(inclusion(number - 1, size), tree).entries())
          expect(await verifyInclusion(forged), `${number} of ${size}, forged ${at}`).not.toBe('proven')
  })

  it('continues no other log', async () => {
    for (const to of some)
      for (const from of new Set([1, Math.ceil(to / 2), to]))
        for (const [at, forged] of forgedConsistencies(consistency(from, to), tree).entries())
          expect(await verifyConsistency(forged), `${from} to ${to}, forged ${at}`).not.toBe('proven')
  })
})

it('says what is wrong with a forged proof', async () => {
  const whole = inclusion(5, 11)
  expect(await verifyInclusion({ ...whole, index: 11 })).toBe('range')
  expect(await verifyInclusion({ ...whole, proof: whole.proof.slice(1) })).toBe('length')
  expect(await verifyInclusion({ ...whole, leaf: whole.root })).toBe('root')
  const continued = consistency(5, 11)
  expect(await verifyConsistency({ ...continued, from: continued.to, to: continued.from })).toBe('range')
  expect(await verifyConsistency({ ...continued, proof: [] })).toBe('length')
  const cut = { ...continued, proof: continued.proof.slice(0, -1) }
  expect(await verifyConsistency(cut)).toBe('length')
  expect(await verifyConsistency({ ...continued, to: { ...continued.to, root: rootOf(5) } })).toBe('root')
})

it('counts past 32 bits', async () => {
  const size = 2 ** 40
  const leaf = await hashLeaf(bytes('00'))
  let root = leaf
  const proof: Uint8Array<ArrayBuffer>[] = []
  for (let level = 0; level < 40; level++) {
    const sibling = await hashLeaf(Uint8Array.of(level, 1))
    proof.push(sibling)
    root = Uint8Array.from(
      new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from([1, ...sibling, ...root]))),
    )
  }
  expect(await verifyInclusion({ leaf, index: size - 1, size, root, proof })).toBe('proven')
  expect(await verifyInclusion({ leaf, index: size - 2, size, root, proof })).toBe('root')
  expect(await verifyInclusion({ leaf, index: 2 ** 32 - 1, size, root, proof })).toBe('root')
})
