import { useEffect, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { State } from '../messages/state.ts'
import { watch } from '../messages/watch.ts'
import { problemOf } from './problem.ts'

export interface WorkerState {
  state?: State
  problem?: Problem
}

/** Where things stand, kept fresh. Answers may overtake each other; only the last question's is taken. */
export const useWorkerState = (): WorkerState => {
  const [held, setHeld] = useState<WorkerState>({})
  useEffect(() => {
    let last = 0
    const look = () => {
      const turn = ++last
      ask('state').then(
        (state) => turn === last && setHeld({ state }),
        (error: unknown) => turn === last && setHeld((old) => ({ ...old, problem: problemOf(error) })),
      )
    }
    const stop = watch(look)
    look()
    return () => {
      last = -1
      stop()
    }
  }, [])
  return held
}
