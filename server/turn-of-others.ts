import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Connections that others can open between two works of one holder: the event loop takes one in each of its turns. A turn without work
 * costs a microsecond.
 */
const CONNECTIONS = 32
/** Milliseconds. A longer turn has already done work for others, so fewer turns are enough. */
const LONGEST = 5

/** Lets others begin: resolves after so many turns of the event loop, or so long. */
export const turnOfOthers = async (): Promise<void> => {
  const until = performance.now() + LONGEST
  for (let turn = 0; turn === 0 || (turn < CONNECTIONS && performance.now() < until); turn += 1)
    await nextTurn()
}
