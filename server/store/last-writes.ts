import type { Db } from './schema.ts'

/**
 * Writes rows as the last step of a transaction. Works that share a commit share one call, so that their rows share statements.
 *
 * @param isOnlyWriter whether nobody else can write until the transaction ends (SQLite).
 */
export type LastWrite<Row> = (trx: Db, rows: readonly Row[], isOnlyWriter: boolean) => Promise<void>

/** What a work leaves for the end of its transaction. If the work throws, it is dropped with its other changes. */
export class LastWrites {
  readonly #rows = new Map<LastWrite<never>, unknown[]>()
  readonly #callbacks: (() => void)[] = []
  /** Nothing of the transaction is dated before it, in milliseconds since 1970: another process has stored that time. */
  readonly notBefore: number
  #earliest = Number.POSITIVE_INFINITY

  constructor(notBefore = 0) {
    this.notBefore = notBefore
  }

  /**
   * Dates something that the transaction writes.
   *
   * @param now the time of this process, in milliseconds since 1970, which may be behind if its machine slept.
   */
  date(now: number): number {
    const time = Math.max(now, this.notBefore)
    this.#earliest = Math.min(this.#earliest, time)
    return time
  }

  /** The earliest date that was given; infinite if none was. */
  get earliest(): number {
    return this.#earliest
  }

  /** @param rows must be valid, because a row that cannot be written fails every work that shares the commit. */
  add<Row>(write: LastWrite<Row>, rows: readonly Row[]): void {
    const before = this.#rows.get(write)
    if (before) before.push(...rows)
    else this.#rows.set(write, [...rows])
  }

  /** How many rows there are. */
  get size(): number {
    return [...this.#rows.values()].reduce((sum, rows) => sum + rows.length, 0)
  }

  /** Calls back once the transaction is durable. */
  afterCommit(callback: () => void): void {
    this.#callbacks.push(callback)
  }

  /** Takes over what another work left. */
  include(other: LastWrites): void {
    for (const [write, rows] of other.#rows) this.add(write, rows as never[])
    this.#callbacks.push(...other.#callbacks)
    this.#earliest = Math.min(this.#earliest, other.#earliest)
  }

  /** Writes all rows. Called just before the commit. */
  async run(trx: Db, isOnlyWriter: boolean): Promise<void> {
    ends.set(trx, this)
    for (const [write, rows] of this.#rows) await write(trx, rows as never[], isOnlyWriter)
  }

  committed(): void {
    for (const callback of this.#callbacks) callback()
  }
}

/** What one call leaves for the end, apart from what others leave: if it throws, nothing of it is left. */
export const rowsOf = (addRows: (end: LastWrites) => void, notBefore: number): LastWrites => {
  const own = new LastWrites(notBefore)
  addRows(own)
  return own
}

/**
 * Sends rows as soon as they are added, together with the statements of the work (PostgreSQL): nothing else shares the transaction,
 * so waiting for its end would cost a round trip.
 */
export class SentAtOnce extends LastWrites {
  readonly #trx: Db
  readonly #sent: Promise<void>[] = []

  constructor(trx: Db, notBefore: number) {
    super(notBefore)
    this.#trx = trx
  }

  override add<Row>(write: LastWrite<Row>, rows: readonly Row[]): void {
    const sent = write(this.#trx, rows, false)
    // The work may throw before anybody waits for it.
    sent.catch(() => undefined)
    this.#sent.push(sent)
  }

  override async run(): Promise<void> {
    // A row may be added while others are on their way.
    for (const sent of this.#sent) await sent
  }
}

/** The end of the transaction that a connection is in. */
const ends = new WeakMap<Db, LastWrites>()

/** Starts a work on a connection. */
export const beginWork = <End extends LastWrites>(connection: Db, end: End): End => {
  ends.set(connection, end)
  return end
}

/** Returns the end of the transaction that a work is in. */
export const endOf = (trx: Db): LastWrites => {
  const end = ends.get(trx)
  if (!end) throw new Error('This is no transaction.')
  return end
}
