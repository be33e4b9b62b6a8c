import { useState } from 'preact/hooks'
import type { Problem } from '../../messages/errors.ts'
import { problemOf } from '../words/problem.ts'

interface Action<A extends unknown[]> {
  run: (...args: A) => Promise<void>
  isRunning: boolean
  problem?: Problem
  /** Forgets the problem. */
  clear: () => void
}

/** Wraps a button's action: runs one call at a time and keeps its problem to show. */
export const useAction = <A extends unknown[]>(act: (...args: A) => Promise<unknown>): Action<A> => {
  const [isRunning, setRunning] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const run = async (...args: A) => {
    if (isRunning) return
    setRunning(true)
    setProblem(undefined)
    try {
      await act(...args)
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setRunning(false)
    }
  }
  return { run, isRunning, ...(problem && { problem }), clear: () => setProblem(undefined) }
}
