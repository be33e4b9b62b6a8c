import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { Problem } from '../../messages/errors.ts'
import type { State } from '../../messages/state.ts'
import { problemOf } from '../words/problem.ts'
import { watch } from './use-watched.ts'

interface WorkerState {
  state?: State
  problem?: Problem
}

const RETRY_DELAY = 1_000

/**
 * Follows the worker's state for as long as the page lives, or until the lock closes. Answers may overtake each other, so only the
 * answer to the last request counts.
 */
const follow = () => {
  let current: WorkerState = {}
  /** The worker's last answer; undefined until the first. */
  let answer: WorkerState | undefined
  let notify = (_state: WorkerState): void => {}
  let last = 0
  const load = () => {
    const turn = ++last
    const update = (next: WorkerState) => {
      if (turn !== last) return
      if (justLocked(current.state, next.state)) return startAnew()
      answer = next
      current = next
      notify(current)
    }
    ask('state').then(
      (state) => update({ state }),
      (error: unknown) => {
        const problem = problemOf(error)
        // Asks again, because nothing is wrong with the request and the next worker answers it.
        if (problem.code === 'worker-ended') setTimeout(load, RETRY_DELAY)
        else update({ ...answer, problem })
      },
    )
  }
  watch(load)
  load()
  return {
    current: () => current,
    startFrom: (state: State) => {
      if (!answer) current = { state }
    },
    onChange: (listener: (workerState: WorkerState) => void) => {
      notify = listener
      listener(current)
    },
  }
}

/**
 * Reloads the page when the lock has closed: whatever is only removed from sight stays in its memory. Emptied first, because Firefox
 * keeps what was typed over a reload.
 */
const startAnew = (): void => {
  document.body.replaceChildren()
  location.reload()
}

// Requested before the first render, so that the worker wakes and answers meanwhile.
const follower = follow()

/** Shows this state until the worker answers. Call it before the first render. */
export const startFrom = (state: State): void => follower.startFrom(state)

/** Returns the worker's state. Only one component of a page may call this, because a new listener replaces the last. */
export const useWorkerState = (opened: 'by-a-person' | 'by-anybody' = 'by-a-person'): WorkerState => {
  const [workerState, setWorkerState] = useState(follower.current)
  useLayoutEffect(() => follower.onChange(setWorkerState), [])
  usePresence(workerState.state?.lock?.locked === false, opened)
  return workerState
}

const LEAST_INTERVAL = 20_000

/**
 * Reports activity to the lock's idle timer: typing, pointing and scrolling, and the opening of the page unless a web page may
 * have opened it.
 */
const usePresence = (isUnlocked: boolean, opened: 'by-a-person' | 'by-anybody'): void => {
  useEffect(() => {
    if (!isUnlocked) return
    let lastReport = 0
    const report = () => {
      if (Date.now() - lastReport < LEAST_INTERVAL) return
      lastReport = Date.now()
      ask('used').catch(() => undefined)
    }
    if (opened === 'by-a-person') report()
    const events = ['pointerdown', 'keydown', 'wheel']
    const anywhere = { capture: true, passive: true }
    for (const event of events) document.addEventListener(event, report, anywhere)
    return () => {
      for (const event of events) document.removeEventListener(event, report, anywhere)
    }
  }, [isUnlocked, opened])
}

/** Checks whether the lock has closed since a page showed a state, so that the page may hold what must not stay in memory. */
export const justLocked = (shown: State | undefined, next: State | undefined): boolean =>
  next?.lock?.locked === true && shown !== undefined && !shown.lock?.locked
