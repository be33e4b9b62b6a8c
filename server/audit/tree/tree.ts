import { hash as digest } from 'node:crypto'

/**
 * The mathematics of the Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1): which hashes form a root or a proof, and
 * how. `stored-tree.ts` stores them.
 */

/** The hash over the leaves from `index * 2^level`, `2^level` of them. */
export interface NodeId {
  readonly level: number
  readonly index: number
}

/** The leaves from `start` up to, but without, `end`. */
interface Range {
  readonly start: number
  readonly end: number
}

/** The perfect subtrees that form a hash of a proof, from left to right. */
export type Subtrees = readonly NodeId[]

/** Takes the digest as text, because a Buffer of its own for each would cost more than the digest itself. */
const sha256 = (bytes: Uint8Array | string): Buffer =>
  Buffer.from(digest('sha256', bytes, 'base64'), 'base64')

/** Bytes of a hash. */
export const HASH = 32

/** Shared by all calls: 0x01, then the two hashes. */
const nodeInput = Buffer.alloc(65, 1)

/** The byte 0 and the record in UTF-8. */
export const leafHash = (record: string): Buffer => sha256(`\0${record}`)

/** @throws TypeError if one of them has not 32 bytes: those of an earlier call would take the place of the missing ones. */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => {
  if (left.length !== HASH || right.length !== HASH) throw new TypeError('A hash has 32 bytes.')
  nodeInput.set(left, 1)
  nodeInput.set(right, 33)
  return sha256(nodeInput)
}

/** Joins the hashes of adjacent perfect subtrees, each larger than the next, into one. No hashes give the empty tree's. */
export const joinSubtrees = (hashes: readonly Uint8Array[]): Uint8Array =>
  hashes.length === 0
    ? sha256(new Uint8Array())
    : hashes.reduceRight((right: Uint8Array, left) => nodeHash(left, right))

/** The perfect subtrees of a whole tree. */
export const subtreesOf = (size: number): Subtrees => subtreesIn({ start: 0, end: size })

/** `start` must be a multiple of the largest power of two in the range. It always is where RFC 6962 splits a tree. */
const subtreesIn = ({ start, end }: Range): Subtrees => {
  const subtrees: NodeId[] = []
  for (let at = start; at < end; ) {
    const level = Math.floor(Math.log2(end - at))
    subtrees.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return subtrees
}

/** RFC 9162 section 2.1.3.1: the hashes that lead from the leaf at `index` to the root of the first `size` leaves. */
export const inclusionPath = (index: number, size: number): Subtrees[] =>
  path(index, { start: 0, end: size }).map(subtreesIn)

const path = (index: number, { start, end }: Range): Range[] => {
  if (end - start === 1) return []
  const middle = start + split(end - start)
  return index < middle
    ? [...path(index, { start, end: middle }), { start: middle, end }]
    : [...path(index, { start: middle, end }), { start, end: middle }]
}

/** RFC 9162 section 2.1.4.1: the hashes that prove that the first `from` of `to` leaves are unchanged. */
export const consistencyPath = (from: number, to: number): Subtrees[] =>
  from === to ? [] : subproof(from, { start: 0, end: to }, true).map(subtreesIn)

/** @param isKnown whether the verifier has the hash over the leaves up to `from`. */
const subproof = (from: number, { start, end }: Range, isKnown: boolean): Range[] => {
  if (from === end) return isKnown ? [] : [{ start, end }]
  const middle = start + split(end - start)
  return from <= middle
    ? [...subproof(from, { start, end: middle }, isKnown), { start: middle, end }]
    : [...subproof(from, { start: middle, end }, false), { start, end: middle }]
}

/** The largest power of two below `size`, which is 2 at least. */
const split = (size: number): number => 2 ** (Math.ceil(Math.log2(size)) - 1)
