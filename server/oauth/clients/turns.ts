/**
 * Lets work of the same name run a few at a time; the rest waits, in the order in which it came. What bounds such work by
 * a count (`rate-limit.ts`) then refuses no honest caller who only comes with many requests at once.
 *
 * @returns takes a turn, and resolves with what ends it.
 */
export const createTurns = (most: number): ((name: string) => Promise<() => void>) => {
  const byName = new Map<string, { running: number; waiting: (() => void)[] }>()
  return async (name) => {
    const turns = byName.get(name) ?? { running: 0, waiting: [] }
    byName.set(name, turns)
    // A turn that ends is handed on, so that nobody who comes just then goes first.
    if (turns.running >= most) await new Promise<void>((start) => void turns.waiting.push(start))
    else turns.running += 1
    return () => {
      const next = turns.waiting.shift()
      if (next) return next()
      turns.running -= 1
      if (turns.running === 0) byName.delete(name)
    }
  }
}
