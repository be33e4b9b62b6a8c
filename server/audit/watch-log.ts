import type { Store } from '../store/store.ts'
import type { Checkpoint, NoteKey } from './checkpoint.ts'
import { type CheckedLog, findChecked, NOTHING, storeChecked } from './log-key.ts'
import { verifyAside } from './verify-aside.ts'

interface LogWatchDeps {
  readonly store: Store
  readonly key: NoteKey
  /** The file of the key. */
  readonly file: string
  /** Every entry was read at the start. */
  readonly isRead: boolean
  /** The newest checkpoint that this process signed. */
  readonly newestSigned: () => Checkpoint | undefined
  /** Called with the first fault, as a sentence; the watch ends. */
  readonly onFinding: (sentence: string) => void
  /** Called when the database could not be read, or a file not be written; it is tried again. */
  readonly onFault: (error: unknown) => void
}

export interface LogWatch {
  close(): Promise<void>
}

/** From a start to the check of the whole log, in milliseconds. */
const SOON = 1_000
/** Between two checks of what was added, in milliseconds. A start reads what was added since. */
const MINUTE = 60_000
/** Between two checks of the whole log, in milliseconds. */
const DAY = 86_400_000

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
  onFinding,
  onFault,
}: LogWatchDeps): LogWatch => {
  const end = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let pending = 0
  /** One at a time. */
  const run = (check: () => Promise<void>): void => {
    pending += 1
    running = running
      .then(check)
      .catch((error: unknown) => {
        if (!end.signal.aborted) onFault(error)
      })
      .finally(() => {
        pending -= 1
      })
  }

  const checkFrom = async (before: CheckedLog | undefined, from: number | undefined): Promise<void> => {
    const signed = newestSigned()
    if (!signed || end.signal.aborted) return
    const known = [
      { ...signed, label: 'what was signed last' },
      ...(before ? [{ ...before, label: 'what was checked before' }] : []),
    ].map(({ size, root, label }) => ({ size, root, label }))
    const check = { address: store.address, publicKey: key.publicKey, known }
    const fault = await verifyAside({ ...check, ...(from !== undefined && { from }) }, end.signal)
    if (fault !== undefined) {
      // Signing ends even if the file cannot be written.
      await storeChecked(file, key, NOTHING).catch(onFault)
      end.abort()
      onFinding(fault)
      return
    }
    // Another process may have found a fault meanwhile.
    if ((await findChecked(file, key))?.size === before?.size) await storeChecked(file, key, signed)
  }
  const checkAll = async () => checkFrom(await findChecked(file, key), undefined)
  const checkAdded = async () => {
    const before = await findChecked(file, key)
    if (before) await checkFrom(before, before.size)
  }

  const timers = [
    ...(isRead ? [] : [setTimeout(() => run(checkAll), SOON)]),
    setInterval(() => pending === 0 && run(checkAdded), MINUTE),
    setInterval(() => run(checkAll), DAY),
  ]
  const stop = () => {
    for (const timer of timers) clearInterval(timer)
  }
  for (const timer of timers) timer.unref()
  end.signal.addEventListener('abort', stop)
  return {
    close: async () => {
      end.abort()
      await running
    },
  }
}
