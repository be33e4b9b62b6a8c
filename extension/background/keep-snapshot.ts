import browser, { type Storage } from 'webextension-polyfill'
import type { Locking } from '../lock/lock.ts'
import { readPolicyText, snapshotKey } from '../messages/snapshot.ts'
import type { State } from '../messages/state.ts'
import { isShown } from '../storage/area.ts'
import { beginSnapshot, withoutSnapshot } from '../storage/drop-snapshot.ts'

/**
 * Describes the state with `describeOpen`, which throws while locked, and keeps it for the popup's next first frame. Policy and idle
 * time are read before, so the snapshot is drawn only under that policy, and never for longer than it is true.
 */
export const describeAndKeep = async (
  describeOpen: () => Promise<State>,
  lock: Pick<Locking, 'closesAt'>,
): Promise<State> => {
  const [policy, closesAt] = await Promise.all([readPolicyText(), lock.closesAt()])
  const keep = beginSnapshot()
  const from = Date.now()
  const state = await describeOpen()
  const ends = [...state.connections, ...state.launched].map(({ endsAt }) => endsAt)
  const until = Math.min(...[closesAt, ...ends].filter((end) => end !== undefined))
  // Nobody waits for it, and a full storage must not cost the answer.
  keep({ state, policy, from, ...(Number.isFinite(until) && { until }) }).catch(() => undefined)
  return state
}

/** Milliseconds, so that changes that come together lead to one description. */
const PAUSE = 100

/**
 * Keeps a snapshot of the current state also when no page asks for it: after each change, and after the worker's start. Deletes
 * the former one when a policy changes, and after a write that was not the worker's own.
 */
export const watchSnapshot = (state: () => Promise<State>): void => {
  let pending: ReturnType<typeof setTimeout> | undefined
  const renew = () => {
    clearTimeout(pending)
    pending = setTimeout(() => state().catch(() => undefined), PAUSE)
  }
  browser.storage.onChanged.addListener(
    async (changes: Record<string, Storage.StorageChange>, area: string) => {
      const keys = Object.keys(changes).filter((key) => key !== snapshotKey)
      if (area !== 'managed' && !keys.some(isShown)) return
      await withoutSnapshot(async () => undefined)
      renew()
    },
  )
  renew()
}
