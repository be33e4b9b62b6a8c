import type { Bytes } from './base64.ts'

/**
 * Whether a proof holds, or why not: `range`: there is no such leaf or size; `length`: it has too many or too few hashes; `root`:
 * it leads to another root.
 */
type ProofResult = 'proven' | 'range' | 'length' | 'root'

export const sha256 = async (...parts: Uint8Array[]): Promise<Bytes> => {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole))
}

// A prefix byte keeps a leaf from passing for a node (RFC 9162 section 2.1.1).
export const hashLeaf = (record: Uint8Array): Promise<Bytes> => sha256(Uint8Array.of(0), record)

const hashNode = (left: Uint8Array, right: Uint8Array): Promise<Bytes> =>
  sha256(Uint8Array.of(1), left, right)

/** The root of a log without an entry. */
export const emptyRoot = (): Promise<Bytes> => sha256()

export const areEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index])

interface LeafPlace {
  leaf: Uint8Array
  /** From 0. */
  index: number
  size: number
  root: Uint8Array
  proof: readonly Uint8Array[]
}

/**
 * Verifies an inclusion proof (RFC 9162 section 2.1.3.2). Sizes go to 2^53, so they are halved as numbers: a shift would cut them
 * to 32 bits.
 */
export const verifyInclusion = async ({
  leaf,
  index,
  size,
  root,
  proof,
}: LeafPlace): Promise<ProofResult> => {
  if (!isSize(size) || !isSize(index) || index >= size) return 'range'
  let [node, last] = [index, size - 1]
  let hash = leaf
  for (const sibling of proof) {
    if (last === 0) return 'length'
    if (isOdd(node) || node === last) {
      hash = await hashNode(sibling, hash)
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)]
    } else hash = await hashNode(hash, sibling)
    ;[node, last] = [half(node), half(last)]
  }
  if (last !== 0) return 'length'
  return areEqual(hash, root) ? 'proven' : 'root'
}

interface Consistency {
  from: { size: number; root: Uint8Array }
  to: { size: number; root: Uint8Array }
  proof: readonly Uint8Array[]
}

/** Verifies that the log of `to` begins with everything that the log of `from` held (RFC 9162 section 2.1.4.2). */
export const verifyConsistency = async ({ from, to, proof }: Consistency): Promise<ProofResult> => {
  if (!isSize(from.size) || !isSize(to.size) || from.size < 1 || from.size > to.size) return 'range'
  if (from.size === to.size) {
    if (proof.length > 0) return 'length'
    return areEqual(from.root, to.root) ? 'proven' : 'root'
  }
  // An empty proof is refused before the step below could fill it.
  if (proof.length === 0) return 'length'
  let [node, last] = [from.size - 1, to.size - 1]
  while (isOdd(node)) [node, last] = [half(node), half(last)]
  // After halving, 0 means that the earlier log is a full tree: its root is a node of the later one, and not sent.
  const [start, ...path] = node === 0 ? [from.root, ...proof] : proof
  let [earlier, later] = [start as Uint8Array, start as Uint8Array]
  for (const sibling of path) {
    if (last === 0) return 'length'
    if (isOdd(node) || node === last) {
      earlier = await hashNode(sibling, earlier)
      later = await hashNode(sibling, later)
      while (!isOdd(node) && node !== 0) [node, last] = [half(node), half(last)]
    } else later = await hashNode(later, sibling)
    ;[node, last] = [half(node), half(last)]
  }
  if (last !== 0) return 'length'
  return areEqual(earlier, from.root) && areEqual(later, to.root) ? 'proven' : 'root'
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

const isOdd = (value: number): boolean => value % 2 === 1

const half = (value: number): number => Math.floor(value / 2)
