import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Problem } from '../messages/errors.ts'
import { usePages } from '../ui/state/use-pages.ts'
import { askShared, joinAnswer } from './shared-answers.ts'

interface Question<T> {
  /** Identifies the question; equal keys are requested once on a page. */
  key: string
  ask: () => Promise<T>
}

export interface AnswerState<T> {
  value?: T
  problem?: Problem
  pending: boolean
  retry: () => void
}

/** Loads answers of a single page. An old answer stays until the new one arrives. */
export const useAnswers = <T>(questions: Question<T>[]): AnswerState<T>[] => {
  const reader = useRef({}).current
  const restarts = useRef(new Map<string, () => void>())
  const keys = questions.map(({ key }) => key)
  // Before `usePages`, whose first reads are shared already.
  useLayoutEffect(() => {
    const leave = keys.map((key) => joinAnswer(key, reader, () => restarts.current.get(key)?.()))
    return () => {
      for (const each of leave) each()
    }
  }, [keys.join('\n')])
  const states = usePages(
    questions.map(({ key, ask }) => ({
      key,
      load: (_last: T | undefined, again: boolean) => askShared(key, reader, { ask, again }),
    })),
  )
  restarts.current = new Map(states.map(({ restart }, index) => [keys[index] ?? '', restart]))
  return states.map(({ pages: [value], problem, pending, retry }) => ({
    ...(value !== undefined && { value }),
    ...(problem && { problem }),
    pending,
    retry,
  }))
}
