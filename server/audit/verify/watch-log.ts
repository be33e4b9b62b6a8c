import type { Clock } from '../../config.ts'
import { type Store, StoreUnavailable } from '../../store/store.ts'
import type { Checkpoint, NoteKey } from '../checkpoint/checkpoint.ts'
import { type CheckedLog, findChecked, NOTHING, storeChecked } from '../checkpoint/log-key.ts'
import { verifyAside } from './verify-aside.ts'
import { findReplacedTable } from './verify-tables.ts'

interface LogWatchDeps {
  readonly store: Store
  readonly key: NoteKey
  /** The file of the key. */
  readonly file: string
  /** Every entry was read at the start. */
  readonly isRead: boolean
  /** The newest checkpoint that this process signed. */
  readonly newestSigned: () => Checkpoint | undefined
  /** Milliseconds that only grow. */
  readonly elapsed: Clock
  /** Called with the first fault, as a sentence; the watch ends. */
  readonly onFinding: (sentence: string) => void
  /** Called when the database could not be read, or a file not be written; it is tried again. */
  readonly onFault: (error: unknown) => void
}

export interface LogWatch {
  /** Returns that no check has succeeded for too long, as a sentence. */
  overdue(): string | undefined
  /** Nothing may be signed while a check is overdue, which is then tried at once. @throws StoreUnavailable */
  requireChecked(): void
  close(): Promise<void>
}

/** From a start to the check of the whole log, in milliseconds. */
const SOON = 1_000
/** Between two checks of what was added, in milliseconds. A start reads what was added since. */
const MINUTE = 60_000
/** Between two checks of the whole log, in milliseconds. */
const DAY = 86_400_000
/** How long none of what was added, or of the whole log, may have succeeded, in milliseconds. */
const LONGEST = { added: 3 * MINUTE, whole: 2 * DAY }
const OVERDUE =
  'The access log could not be checked for too long: its database was away, or refused or held up the connection that each check opens for itself. It is tried again; the output of this server says how it failed.'

/**
 * Checks the log while the server answers: the whole log soon after the start and once a day, and every minute what was added, and what
 * waits for a place, also if nothing was added: perhaps somebody sees to that. After a fault nothing counts as checked, so the next start reads everything before it signs.
 */
export const watchLog = ({
  store,
  key,
  file,
  isRead,
  newestSigned,
  elapsed,
  onFinding,
  onFault,
}: LogWatchDeps): LogWatch => {
  const end = new AbortController()

  /** @param work returns whether something was checked. */
  const createCheck = (longest: number, work: () => Promise<boolean>) => {
    let running: Promise<void> | undefined
    let succeeded = elapsed()
    const check = async (): Promise<void> => {
      try {
        const began = elapsed()
        if (await work()) succeeded = began
      } catch (error) {
        if (!end.signal.aborted) onFault(error)
      }
      running = undefined
    }
    return {
      /** Begins it, unless it runs. */
      run: () => {
        if (!end.signal.aborted) running ??= check()
      },
      running: () => running,
      isOverdue: () => elapsed() - succeeded > longest,
    }
  }

  /** What counts as checked is compared and stored without another check in between. */
  let storing: Promise<unknown> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const result = storing.then(work)
    storing = result.catch(() => undefined)
    return result
  }

  const checkFrom = async (before: CheckedLog | undefined, from: number | undefined): Promise<boolean> => {
    const signed = newestSigned()
    if (!signed || end.signal.aborted) return false
    const known = [
      { ...signed, label: 'what was signed last' },
      ...(before ? [{ ...before, label: 'what was checked before' }] : []),
    ].map(({ size, root, label }) => ({ size, root, label }))
    const check = { address: store.address, publicKey: key.publicKey, known }
    const fault =
      (await findReplacedTable(store.db))?.message ??
      (await verifyAside({ ...check, ...(from !== undefined && { from }) }, end.signal))
    if (fault !== undefined) {
      end.abort()
      // Signing ends even if the file cannot be written.
      await inTurn(() => storeChecked(file, key, NOTHING)).catch(onFault)
      onFinding(fault)
      return false
    }
    await inTurn(async () => {
      // Another process, or the other check, may have found a fault meanwhile.
      if (end.signal.aborted || (await findChecked(file, key))?.size !== before?.size) return
      await storeChecked(file, key, signed)
    })
    return true
  }
  const whole = createCheck(LONGEST.whole, async () => checkFrom(await findChecked(file, key), undefined))
  const added = createCheck(LONGEST.added, async () => {
    const before = await findChecked(file, key)
    // Nothing was checked yet: the first check of the whole log reads what was added as well.
    return before ? checkFrom(before, before.size) : whole.running() !== undefined
  })
  const checks = [whole, added]

  const timers = [
    ...(isRead ? [] : [setTimeout(whole.run, SOON)]),
    setInterval(added.run, MINUTE),
    setInterval(whole.run, DAY),
  ]
  const stop = () => {
    for (const timer of timers) clearInterval(timer)
  }
  for (const timer of timers) timer.unref()
  end.signal.addEventListener('abort', stop)
  const overdue = () => (checks.some((check) => check.isOverdue()) ? OVERDUE : undefined)
  return {
    overdue,
    requireChecked: () => {
      for (const check of checks) if (check.isOverdue()) check.run()
      const sentence = overdue()
      if (sentence !== undefined) throw new StoreUnavailable(new Error(sentence))
    },
    close: async () => {
      end.abort()
      await Promise.all(checks.map((check) => check.running()))
    },
  }
}
