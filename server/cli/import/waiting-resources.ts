/** Where an import reads a resource: the index of its file, and its own among the resources of that file. */
export interface Position {
  readonly file: number
  readonly index: number
}

/** Resources that may wait at a time. With ids of 36 characters a million takes 190 MB of memory; an id has 64 at most. */
const MOST_WAITING = 2_000_000

/**
 * Remembers where the resources are that wait for others, by their names (`Type/id`). A later resource of the same name, which is stored
 * or waits itself, supersedes the one that waits, because an earlier resource must not be stored after it.
 */
export const createWaitingResources = (most = MOST_WAITING) => {
  let positions = new Map<string, Position>()
  let superseded = 0
  /** Called when a resource is stored. */
  const supersede = (name: string): void => {
    if (positions.delete(name)) superseded++
  }
  return {
    supersede,
    /** @returns whether it waits; otherwise too many do already. */
    add: (name: string, position: Position): boolean => {
      if (positions.size >= most && !positions.has(name)) return false
      supersede(name)
      positions.set(name, position)
      return true
    },
    /** Returns all, and forgets them. */
    take: (): Map<string, Position> => {
      const taken = positions
      positions = new Map()
      return taken
    },
    size: () => positions.size,
    /** The number of resources that were superseded. */
    superseded: () => superseded,
  }
}
