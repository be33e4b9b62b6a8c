import browser from 'webextension-polyfill'
import type { State } from './state.ts'

/** The worker's last answer to `state`, in `storage.session`, from which the popup draws its first frame. */
export interface Snapshot {
  state: State
  /** The policy that the state was described under (`readPolicyText`). */
  policy: string
  /** When it was described; milliseconds since 1970. */
  from: number
  /** When a session ends, or the lock closes; absent if neither is known to. */
  until?: number
}

export const snapshotKey = 'snapshot'

/** Returns the values that the administration of this browser has set, or why there are none, to compare with another read. */
export const readPolicyText = (): Promise<string> =>
  browser.storage.managed.get().then(JSON.stringify, String)

/**
 * Returns the state to draw before the worker answers. Undefined if there is none, if a session may have ended or the lock may
 * have closed since, if the clock was set back, or if the policy is another one now. Reads memory only, so no worker has to start.
 */
export const findSnapshot = async (): Promise<State | undefined> => {
  const stored = browser.storage.session.get(snapshotKey)
  // After the browser's start this takes seconds, but then there is no snapshot either.
  const policy = readPolicyText()
  try {
    const { snapshot } = (await stored) as { snapshot?: Snapshot }
    if (!snapshot) return undefined
    const { state, from, until = Number.POSITIVE_INFINITY } = snapshot
    const now = Date.now()
    return from <= now && now < until && snapshot.policy === (await policy) ? state : undefined
  } catch {
    return undefined
  }
}
