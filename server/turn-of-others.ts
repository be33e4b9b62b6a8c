import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Connections that others can open between two works of one holder: the event loop takes one in each of its turns. A turn without work
 * costs some microseconds.
 */
const CONNECTIONS = 32

/** Lets others begin: resolves after so many turns of the event loop. */
export const turnOfOthers = async (): Promise<void> => {
  for (let turn = 0; turn < CONNECTIONS; turn += 1) await nextTurn()
}
