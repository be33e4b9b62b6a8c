import { joinSubtrees, type NodeId, nodeHash } from './tree.ts'

export interface TreeNode extends NodeId {
  readonly hash: Uint8Array
}

/** A tree that leaves are appended to. It holds only the roots of its perfect subtrees, side by side: 50 at most. */
export interface GrowingTree {
  readonly size: number
  root(): Uint8Array
  /** Adds a leaf. @returns the subtrees that this leaf completes, the lowest first. */
  add(leaf: Uint8Array): readonly TreeNode[]
  copy(): GrowingTree
}

/** @param subtrees of the existing leaves, see `subtreesOf(size)`. */
export const growingTree = (start = 0, subtrees: readonly Uint8Array[] = []): GrowingTree => {
  const stack = [...subtrees]
  let size = start
  return {
    get size() {
      return size
    },
    root: () => joinSubtrees(stack),
    add: (leaf) => {
      const nodes: TreeNode[] = []
      let hash = leaf
      let index = size
      for (let level = 1; index % 2 === 1; level++) {
        const left = stack.pop()
        if (!left) throw new Error(`A tree of ${size} leaves lacks a subtree.`)
        hash = nodeHash(left, hash)
        index = (index - 1) / 2
        nodes.push({ level, index, hash })
      }
      stack.push(hash)
      size += 1
      return nodes
    },
    copy: () => growingTree(size, stack),
  }
}
