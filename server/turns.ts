import { setImmediate as nextTurn } from 'node:timers/promises'
import { FhirError, serverBusy } from './fhir-error.ts'

/**
 * Connections that others can open between two works of one holder: the event loop takes one in each of its turns. A turn without work
 * costs a microsecond.
 */
const CONNECTIONS = 32
/** Milliseconds. A longer turn has already done work for others, so fewer turns are enough. */
const LONGEST = 5

/** Lets others begin: resolves after so many turns of the event loop, or so long. */
export const turnOfOthers = async (): Promise<void> => {
  const until = performance.now() + LONGEST
  for (let turn = 0; turn === 0 || (turn < CONNECTIONS && performance.now() < until); turn += 1)
    await nextTurn()
}

/** Returns a pause for a work of many pieces: called after each, it lets others begin once the pieces took 5 ms. */
export const createPauses = (): (() => Promise<void>) => {
  let until = performance.now() + LONGEST
  return async () => {
    if (performance.now() < until) return
    await turnOfOthers()
    until = performance.now() + LONGEST
  }
}

/** How much there is of what is shared, such as memory or places, in any unit. */
export interface TurnLimits {
  readonly all: number
  /** Of one person, over all their applications. */
  readonly holder: number
  /** Of one of them; as much as of the person if absent. */
  readonly application?: number
  /** Most that wait in one line. */
  readonly line: number
  /** Longest time until there is room, in milliseconds. */
  readonly wait: number
}

/** Who takes turns. */
export interface Holder {
  /** The person over all their applications and sign-ins, or the application that acts for itself. */
  readonly name: string
  /** Which of their applications asks, so that none keeps the person's others out. */
  readonly application?: string
}

export interface Turns {
  /**
   * Takes `size` for a holder, and waits until there is room for it.
   *
   * @param left tells that it is no longer wanted.
   * @throws FhirError 503 when the holder's line is full, there is no room in time, or it is no longer wanted.
   */
  take(holder: Holder, size: number, left?: AbortSignal): Promise<void>
  /** Does a work that takes one, and gives it back at its end. @throws as `take`, and any error of the work */
  run<Result>(holder: Holder, work: () => Promise<Result>, left?: AbortSignal): Promise<Result>
  /** Gives back some of it, or takes more without waiting. */
  change(holder: Holder, difference: number): void
  /** Whether there is room for so much more. */
  fits(holder: Holder, size: number): boolean
  /** Held by all applications of the holder. */
  heldBy(holder: Holder): number
  total(): number
}

interface Waiting {
  readonly size: number
  readonly start: () => void
}

interface Line {
  readonly holder: Holder
  readonly waiting: Set<Waiting>
}

/** Names the line of a holder's application. No holder's own name has a line break. */
const lineOf = ({ name, application = '' }: Holder): string => `${name}\n${application}`

/** Checks whether an error says that somebody could not wait for a turn. */
export const isBusy = (error: unknown): boolean => error instanceof FhirError && error.code === 'server_busy'

/**
 * Shares something between holders. Each application of one has a line of its own, and turns go round between the lines. Only the first of
 * each line is looked at, and a line has a limit, so that however much one holder or application asks for costs the others nothing.
 */
export const createTurns = (limits: TurnLimits): Turns => {
  const held = new Map<string, number>()
  let total = 0
  /** The lines that are not empty, in the order of their next turns. */
  const lines = new Map<string, Line>()

  const addTo = (name: string, difference: number) => {
    const size = (held.get(name) ?? 0) + difference
    if (size > 0) held.set(name, size)
    else held.delete(name)
  }
  const add = (holder: Holder, difference: number) => {
    total += difference
    addTo(holder.name, difference)
    addTo(lineOf(holder), difference)
  }
  const remove = (line: Line, one: Waiting) => {
    line.waiting.delete(one)
    if (line.waiting.size === 0) lines.delete(lineOf(line.holder))
  }
  const fitsHolder = (holder: Holder, size: number) =>
    (held.get(holder.name) ?? 0) + size <= limits.holder &&
    (held.get(lineOf(holder)) ?? 0) + size <= (limits.application ?? limits.holder)
  const fitsAll = (size: number) => total + size <= limits.all

  /** Without room for its holder, one lets those of others pass; without room for all, nobody passes. */
  const startWaiting = () => {
    for (const [name, line] of lines) {
      const [first] = line.waiting
      if (!first || !fitsHolder(line.holder, first.size)) continue
      if (!fitsAll(first.size)) return
      // The loop comes to it again after all others.
      lines.delete(name)
      lines.set(name, line)
      remove(line, first)
      add(line.holder, first.size)
      first.start()
    }
  }

  const waitInLine = (holder: Holder, size: number, left?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const line = lines.get(lineOf(holder)) ?? { holder, waiting: new Set() }
      const { waiting } = line
      if (waiting.size >= limits.line) return reject(serverBusy())
      const settle = (how: () => void) => {
        clearTimeout(timer)
        left?.removeEventListener('abort', giveUp)
        how()
      }
      const giveUp = () => {
        const [first] = waiting
        remove(line, one)
        settle(() => reject(serverBusy()))
        if (first === one) startWaiting()
      }
      const timer = setTimeout(giveUp, limits.wait)
      const one = { size, start: () => settle(resolve) }
      left?.addEventListener('abort', giveUp)
      waiting.add(one)
      lines.set(lineOf(holder), line)
      if (waiting.size === 1) startWaiting()
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
    fits: (holder, size) => fitsHolder(holder, size) && fitsAll(size),
    heldBy: ({ name }) => held.get(name) ?? 0,
    total: () => total,
  }
}
