import { useLayoutEffect, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { State } from '../messages/state.ts'
import { watch } from '../messages/watch.ts'
import { problemOf } from './problem.ts'
import { usePresence } from './use-presence.ts'

interface WorkerState {
  state?: State
  problem?: Problem
}

const LOOK_AGAIN = 1_000

/**
 * Follows the worker's state for as long as the page lives. Answers may overtake each other, so only the answer to the last
 * request counts.
 */
const follow = () => {
  let held: WorkerState = {}
  let tell = (_held: WorkerState): void => {}
  let last = 0
  const look = () => {
    const turn = ++last
    const take = (found: WorkerState) => {
      if (turn !== last) return
      held = found
      tell(held)
    }
    ask('state').then(
      (state) => take({ state }),
      (error: unknown) => {
        const problem = problemOf(error)
        // Asks again, because nothing is wrong with the request and the next worker answers it.
        if (problem.code === 'worker-ended') setTimeout(look, LOOK_AGAIN)
        else take({ ...held, problem })
      },
    )
  }
  watch(look)
  look()
  return {
    now: () => held,
    onChange: (listener: (held: WorkerState) => void) => {
      tell = listener
      listener(held)
    },
  }
}

// Requested before the first render, so that the worker wakes and answers meanwhile.
const followed = follow()

/** Returns the worker's state. Only one component of a page may call this, because a new listener replaces the last. */
export const useWorkerState = (opened: 'by-a-person' | 'by-anybody' = 'by-a-person'): WorkerState => {
  const [held, setHeld] = useState(followed.now)
  useLayoutEffect(() => followed.onChange(setHeld), [])
  usePresence(held.state?.lock?.locked === false, opened)
  return held
}
