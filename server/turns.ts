import { FhirError, serverBusy } from './fhir-error.ts'

/** How much there is of what is shared, such as memory or places, in any unit. */
export interface TurnLimits {
  readonly all: number
  readonly holder: number
  /** Most that wait for one holder. */
  readonly line: number
  /** Longest time until there is room, in milliseconds. */
  readonly wait: number
}

export interface Turns {
  /**
   * Takes `size` for a holder, and waits until there is room for it.
   *
   * @param left tells that it is no longer wanted.
   * @throws FhirError 503 when the holder's line is full, there is no room in time, or it is no longer wanted.
   */
  take(holder: string, size: number, left?: AbortSignal): Promise<void>
  /** Does a work that takes one, and gives it back at its end. @throws as `take`, and any error of the work */
  run<Result>(holder: string, work: () => Promise<Result>, left?: AbortSignal): Promise<Result>
  /** Gives back some of it, or takes more without waiting. */
  change(holder: string, difference: number): void
  heldBy(holder: string): number
  total(): number
}

interface Waiting {
  readonly size: number
  readonly start: () => void
}

/** Checks whether an error says that somebody could not wait for a turn. */
export const isBusy = (error: unknown): boolean => error instanceof FhirError && error.code === 'server_busy'

/**
 * Shares something between holders. Each has a line of its own, and turns go round between the lines. Only the first of each line is
 * looked at, and a line has a limit, so that however much one holder asks for costs the others nothing.
 */
export const createTurns = (limits: TurnLimits): Turns => {
  const held = new Map<string, number>()
  let total = 0
  /** The lines that are not empty, in the order of their next turns. */
  const lines = new Map<string, Set<Waiting>>()
  const heldBy = (holder: string) => held.get(holder) ?? 0

  const add = (holder: string, difference: number) => {
    total += difference
    const size = heldBy(holder) + difference
    if (size > 0) held.set(holder, size)
    else held.delete(holder)
  }
  const remove = (holder: string, line: Set<Waiting>, one: Waiting) => {
    line.delete(one)
    if (line.size === 0) lines.delete(holder)
  }
  const fitsHolder = (holder: string, size: number) => heldBy(holder) + size <= limits.holder
  const fitsAll = (size: number) => total + size <= limits.all

  /** Without room for its holder, one lets those of others pass; without room for all, nobody passes. */
  const startWaiting = () => {
    for (const [holder, line] of lines) {
      const [first] = line
      if (!first || !fitsHolder(holder, first.size)) continue
      if (!fitsAll(first.size)) return
      // The loop comes to it again after all others.
      lines.delete(holder)
      lines.set(holder, line)
      remove(holder, line, first)
      add(holder, first.size)
      first.start()
    }
  }

  const waitInLine = (holder: string, size: number, left?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const line = lines.get(holder) ?? new Set()
      if (line.size >= limits.line) return reject(serverBusy())
      const settle = (how: () => void) => {
        clearTimeout(timer)
        left?.removeEventListener('abort', giveUp)
        how()
      }
      const giveUp = () => {
        const [first] = line
        remove(holder, line, one)
        settle(() => reject(serverBusy()))
        if (first === one) startWaiting()
      }
      const timer = setTimeout(giveUp, limits.wait)
      const one = { size, start: () => settle(resolve) }
      left?.addEventListener('abort', giveUp)
      lines.set(holder, line.add(one))
      if (line.size === 1) startWaiting()
    })

  const take: Turns['take'] = async (holder, size, left) => {
    if (left?.aborted) throw serverBusy()
    if (lines.size === 0 && fitsHolder(holder, size) && fitsAll(size)) return add(holder, size)
    return waitInLine(holder, size, left)
  }
  const change: Turns['change'] = (holder, difference) => {
    add(holder, difference)
    startWaiting()
  }

  return {
    take,
    run: async (holder, work, left) => {
      await take(holder, 1, left)
      try {
        return await work()
      } finally {
        change(holder, -1)
      }
    },
    change,
    heldBy,
    total: () => total,
  }
}
