import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { growingTree } from '../../../server/audit/tree/growing-tree.ts'
import {
  consistencyPath,
  inclusionPath,
  joinSubtrees,
  leafHash,
  type NodeId,
  nodeHash,
  type Subtrees,
  subtreesOf,
} from '../../../server/audit/tree/tree.ts'
import { RECORDS, ROOTS } from '../../fixtures/known-tree.ts'
import { isConsistent, isIncluded } from '../../fixtures/verify-proof.ts'

const hex = (hash: Uint8Array) => Buffer.from(hash).toString('hex')

const referenceLeaf = (data: string) =>
  createHash('sha256').update(Buffer.of(0)).update(Buffer.from(data, 'hex')).digest()

describe('the tree of RFC 6962', () => {
  it('has the roots that Certificate Transparency has', () => {
    const tree = growingTree()
    const roots = [hex(tree.root())]
    for (const data of RECORDS) {
      tree.add(referenceLeaf(data))
      roots.push(hex(tree.root()))
    }
    expect(roots).toEqual(ROOTS)
  })

  it('J08 joins only hashes of 32 bytes', () => {
    const hash = leafHash('')
    for (const odd of [new Uint8Array(), hash.subarray(1), Buffer.concat([hash, hash])]) {
      expect(() => nodeHash(odd, hash)).toThrow(TypeError)
      expect(() => nodeHash(hash, odd)).toThrow(TypeError)
    }
  })

  it('hashes a record as a leaf', () => {
    expect(hex(leafHash(''))).toBe(ROOTS[1])
    expect(hex(leafHash('{"event":"é"}'))).toBe(
      createHash('sha256').update('\0{"event":"é"}', 'utf8').digest('hex'),
    )
  })
})

const LARGEST = 130

/** All hashes that a database would hold of a tree of this size, and the roots of all smaller sizes. */
const leaves = Array.from({ length: LARGEST }, (_, at) => leafHash(`entry ${at}`))
const nodes = new Map<string, Uint8Array>()
const roots: Uint8Array[] = [growingTree().root()]
{
  const tree = growingTree()
  for (const [index, leaf] of leaves.entries()) {
    nodes.set(`0/${index}`, leaf)
    for (const node of tree.add(leaf)) nodes.set(`${node.level}/${node.index}`, node.hash)
    roots.push(tree.root())
  }
}
const stored = ({ level, index }: NodeId): Uint8Array => {
  const hash = nodes.get(`${level}/${index}`)
  if (!hash) throw new Error(`no node ${level}/${index}`)
  return hash
}
const proof = (path: Subtrees[]) => path.map((subtrees) => joinSubtrees(subtrees.map(stored)))
const rootOf = (size: number) => roots[size] as Uint8Array
const leafOf = (index: number) => leaves[index] as Uint8Array
/** Forging is tried on small trees and around the powers of two, because the others consist of these. */
const worthForging = (size: number) => size <= 33 || [63, 64, 65, 127, 128, 129, 130].includes(size)
const sizes = Array.from({ length: LARGEST }, (_, at) => at + 1)

/** Section 2.1 of RFC 6962, word for word. */
const treeHead = (of: readonly Uint8Array[]): Uint8Array => {
  const [first] = of
  if (of.length === 1 && first) return first
  const k = 2 ** (Math.ceil(Math.log2(of.length)) - 1)
  return nodeHash(treeHead(of.slice(0, k)), treeHead(of.slice(k)))
}

describe(`every tree of 1 to ${LARGEST} entries`, () => {
  it('has the root that the RFC defines, also from its kept subtrees, and grows from them', () => {
    for (const size of sizes) {
      expect(hex(rootOf(size))).toBe(hex(treeHead(leaves.slice(0, size))))
      const subtrees = subtreesOf(size).map(stored)
      expect(hex(joinSubtrees(subtrees))).toBe(hex(rootOf(size)))
      const tree = growingTree(size, subtrees)
      if (size < LARGEST) tree.add(leafOf(size))
      expect(hex(tree.root())).toBe(hex(rootOf(Math.min(size + 1, LARGEST))))
    }
  })

  it('proves each of its entries, and no other, at no other place, in no other tree', () => {
    const wrong: string[] = []
    for (const size of sizes) {
      for (let index = 0; index < size; index++) {
        const claim = {
          index,
          size,
          leaf: leafOf(index),
          root: rootOf(size),
          proof: proof(inclusionPath(index, size)),
        }
        if (!isIncluded(claim)) wrong.push(`${index} of ${size}`)
        const other = (index + 1) % size
        const forged = [
          { ...claim, leaf: leafHash('another') },
          { ...claim, root: rootOf(size - 1) },
          { ...claim, proof: [...claim.proof, leafOf(0)] },
          ...(size > 1
            ? [
                { ...claim, index: other },
                { ...claim, proof: claim.proof.slice(1) },
              ]
            : []),
          ...claim.proof.map((_, at) => ({ ...claim, proof: claim.proof.with(at, leafHash('forged')) })),
        ]
        if (worthForging(size) && forged.some(isIncluded)) wrong.push(`forged ${index} of ${size}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('proves that it contains every smaller one, and none that differs', () => {
    const wrong: string[] = []
    for (const to of sizes) {
      for (let from = 1; from <= to; from++) {
        const claim = {
          from,
          to,
          fromRoot: rootOf(from),
          toRoot: rootOf(to),
          proof: proof(consistencyPath(from, to)),
        }
        if (!isConsistent(claim)) wrong.push(`${from} in ${to}`)
        const forged = [
          { ...claim, fromRoot: leafHash('another') },
          { ...claim, toRoot: leafHash('another') },
          { ...claim, proof: [...claim.proof, leafOf(0)] },
          ...claim.proof.map((_, at) => ({ ...claim, proof: claim.proof.with(at, leafHash('forged')) })),
        ]
        if (worthForging(to) && forged.some(isConsistent)) wrong.push(`forged ${from} in ${to}`)
      }
    }
    expect(wrong).toEqual([])
  })
})
