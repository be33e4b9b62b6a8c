import type { Db } from '../../store/schema.ts'
import { StoreUnavailable } from '../../store/store.ts'

/** An entry as this process wrote it. */
export interface WrittenEntry {
  readonly id: string
  /** @param count the entry's number about its patient; `null` if it is about no patient. */
  hash(count: number | null): Uint8Array
}

/** Entries that a process remembers: a few kilobytes each. */
const MOST = 10_000

/**
 * The entries that this process wrote and that have no place in the tree yet, as far as it knows: all of them, because one that it
 * forgot could be changed unnoticed.
 */
export class UnplacedEntries {
  readonly #entries = new Map<string, WrittenEntry & { readonly since: number }>()
  readonly #elapsed: () => number
  #isEnded = false

  /** @param elapsed milliseconds that only grow. */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed
  }

  add(entry: WrittenEntry): void {
    if (!this.#isEnded) this.#entries.set(entry.id, { ...entry, since: this.#elapsed() })
  }

  find(id: string): WrittenEntry | undefined {
    return this.#entries.get(id)
  }

  list(): WrittenEntry[] {
    return [...this.#entries.values()]
  }

  forget(id: string): void {
    this.#entries.delete(id)
  }

  /** When the oldest one was written; infinite if there is none. */
  get oldest(): number {
    const [first] = this.#entries.values()
    return first?.since ?? Number.POSITIVE_INFINITY
  }

  get isFull(): boolean {
    return this.#entries.size >= MOST
  }

  /** @throws StoreUnavailable */
  requireRoom(): void {
    if (this.isFull) throw new StoreUnavailable(new Error('Too many entries wait for their place.'))
  }

  /** Remembers nothing more: the log is known to be changed. */
  end(): void {
    this.#isEnded = true
    this.#entries.clear()
  }
}

/** Of each database whose log this process keeps. The key is the dialect adapter, as in `place-entries.ts`. */
const unplaced = new WeakMap<object, UnplacedEntries>()

/** Remembers from now on what this process writes. A command at the terminal does not: it ends before it could compare. */
export const rememberUnplaced = (db: Db, elapsed: () => number): UnplacedEntries => {
  const entries = new UnplacedEntries(elapsed)
  unplaced.set(db.getExecutor().adapter, entries)
  return entries
}

export const unplacedOf = (db: Db): UnplacedEntries | undefined => unplaced.get(db.getExecutor().adapter)
