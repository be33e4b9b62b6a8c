import { shortened } from '../../start/terminal.ts'
import type { Unresolved } from './resolve-references.ts'

/** Unresolved references with the same reason, in resources of one type. */
export interface UnresolvedGroup {
  readonly type: string
  readonly reason: Unresolved
  count: number
  /** The first few references, as written. */
  readonly examples: string[]
}

const EXAMPLES = 3

/** Counts unresolved references, and keeps a few of each kind in memory. */
export const createUnresolvedGroups = () => {
  const groups = new Map<string, UnresolvedGroup>()
  return {
    add: (type: string, references: ReadonlyMap<string, Unresolved>) => {
      for (const [reference, reason] of references) {
        const key = `${type} ${reason}`
        const group = groups.get(key) ?? { type, reason, count: 0, examples: [] }
        groups.set(key, group)
        group.count++
        const example = shortened(reference)
        if (group.examples.length < EXAMPLES && !group.examples.includes(example))
          group.examples.push(example)
      }
    },
    all: () => [...groups.values()],
  }
}
