import type { Problem } from '../messages/errors.ts'
import { usePages } from '../ui/use-pages.ts'

interface Question<T> {
  /** Identifies the question; equal keys are requested once. */
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
export const useAnswers = <T>(questions: Question<T>[]): AnswerState<T>[] =>
  usePages(questions.map(({ key, ask }) => ({ key, load: ask }))).map(
    ({ pages: [value], problem, pending, retry }) => ({
      ...(value !== undefined && { value }),
      ...(problem && { problem }),
      pending,
      retry,
    }),
  )
