import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type DatabaseAddress, StoreUnavailable } from '../../store/store.ts'
import { Finding, faultOfReading } from '../entry/finding.ts'
import type { KnownRoot } from './verify-checkpoints.ts'

/** A check of the log on a thread and a connection of its own. */
interface AsideCheck {
  readonly address: DatabaseAddress
  /** Of the key that signs the log. */
  readonly publicKey: Uint8Array
  /** Roots that the log must have. */
  readonly known: readonly KnownRoot[]
  /** The entry to begin with; by default the first, or the one with which the operator accepted what was before. */
  readonly from?: number
}

/** What the thread gets. */
export interface AsideWork extends AsideCheck {
  /** Memory that both share: 1 once the thread is about to read the database. */
  readonly begun: Uint8Array
}

/** What the thread answers. */
export interface AsideAnswer {
  /** The first fault, as a sentence. */
  readonly fault?: string
  /** Why the database cannot be read now. */
  readonly unavailable?: { readonly message: string; readonly code: string | undefined }
}

/**
 * Checks the log while the server answers.
 *
 * @returns the first fault, as a sentence; `undefined` if there is none. A thread that ends while it reads is a fault too.
 * @throws StoreUnavailable; Error when the thread cannot begin; the signal's reason.
 */
export const verifyAside = async (check: AsideCheck, signal: AbortSignal): Promise<string | undefined> => {
  const begun = new Uint8Array(new SharedArrayBuffer(1))
  const workerData: AsideWork = { ...check, begun }
  const worker = new Worker(new URL('verify-worker.ts', import.meta.url), { workerData })
  worker.unref()
  const ended = (error: unknown): AsideAnswer => {
    // A thread that has read nothing says nothing about the log: this machine has no files or memory left for it.
    const fault = signal.aborted || begun[0] === 0 ? error : faultOfReading(error, 'the log')
    if (fault instanceof Finding) return { fault: fault.message }
    throw fault
  }
  const messages = once(worker, 'message', { signal }) as Promise<[AsideAnswer]>
  const { fault, unavailable } = await messages
    .then(([answer]) => answer, ended)
    .finally(() => worker.terminate())
  if (!unavailable) return fault
  const { message, code } = unavailable
  throw new StoreUnavailable(Object.assign(new Error(message), { code }))
}
