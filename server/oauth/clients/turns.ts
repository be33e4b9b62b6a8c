/**
 * Limits how many callers of one name run at the same time; the others wait in order. A limit by count (`rate-limit.ts`) then
 * does not refuse an honest caller who only sends many requests at once.
 *
 * @returns a function that waits for a turn and resolves with the function that ends it.
 */
export const createTurns = (most: number): ((name: string) => Promise<() => void>) => {
  const byName = new Map<string, { running: number; waiting: (() => void)[] }>()
  return async (name) => {
    const turns = byName.get(name) ?? { running: 0, waiting: [] }
    byName.set(name, turns)
    // An ending turn passes directly to the next in line, so that a new caller cannot overtake it.
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
