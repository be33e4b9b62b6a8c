import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { DatabaseAddress } from '../store/store.ts'
import type { KnownRoot } from './verify-checkpoints.ts'

/** A check of the log on a thread and a connection of its own. */
export interface AsideCheck {
  readonly address: DatabaseAddress
  /** Of the key that signs the log. */
  readonly publicKey: Uint8Array
  /** Roots that the log must have. */
  readonly known: readonly KnownRoot[]
  /** The entry to begin with; by default the first, or the one with which the operator accepted what was before. */
  readonly from?: number
}

/**
 * Checks the log while the server answers.
 *
 * @returns the first fault, as a sentence; `undefined` if there is none.
 * @throws Error when it could not be checked; the signal's reason.
 */
export const verifyAside = async (check: AsideCheck, signal: AbortSignal): Promise<string | undefined> => {
  const worker = new Worker(new URL('verify-worker.ts', import.meta.url), { workerData: check })
  worker.unref()
  try {
    const [finding] = await once(worker, 'message', { signal })
    return finding as string | undefined
  } finally {
    await worker.terminate()
  }
}
