import browser from 'webextension-polyfill'
import type { Snapshot, snapshotKey } from '../messages/snapshot.ts'

const key: typeof snapshotKey = 'snapshot'

/** How many changes of what pages show are running, and how many have run, in this run of the worker. */
let running = 0
let finished = 0
/** Resolves when no snapshot is stored; undefined while there may be one, as when the worker starts. */
let deletion: Promise<void> | undefined
/** The last write of the snapshot; each waits for the one before. */
let lastWrite: Promise<unknown> = Promise.resolve()

/**
 * Runs a change of what pages show. Deletes the snapshot first, so that none shows how it was before, not even if the worker is
 * stopped halfway.
 */
export const withoutSnapshot = async (change: () => Promise<void>): Promise<void> => {
  running++
  try {
    await deleteSnapshot()
    await change()
  } finally {
    running--
    finished++
  }
}

/**
 * Call before the state is described. Returns a function that stores its snapshot, unless a change has run or is running since
 * this call: the description may be older than that change.
 */
export const beginSnapshot = (): ((snapshot: Snapshot) => Promise<void>) => {
  const before = finished
  return async (snapshot) => {
    if (running > 0 || finished !== before) return
    deletion = undefined
    await write(() => browser.storage.session.set({ [key]: snapshot }))
  }
}

const deleteSnapshot = (): Promise<void> => {
  deletion ??= write(() => browser.storage.session.remove(key)).catch((error) => {
    deletion = undefined
    throw error
  })
  return deletion
}

const write = (work: () => Promise<void>): Promise<void> => {
  const writing = lastWrite.then(work, work)
  lastWrite = writing
  return writing
}
