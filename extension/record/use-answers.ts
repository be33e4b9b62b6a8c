import type { Problem } from '../messages/errors.ts'
import { usePages } from '../ui/use-pages.ts'

interface Question<T> {
  /** Identifies the question; equal keys are requested once. */
  key: string
  ask: () => Promise<T>
}

export interface Answered<T> {
  value?: T
  problem?: Problem
  pending: boolean
  again: () => void
}

/** Loads answers of a single page. An old answer stays until the new one arrives. */
export const useAnswers = <T>(questions: Question<T>[]): Answered<T>[] =>
  usePages(questions.map(({ key, ask }) => ({ key, load: ask }))).map(
    ({ pages: [value], problem, pending, again }) => ({
      ...(value !== undefined && { value }),
      ...(problem && { problem }),
      pending,
      again,
    }),
  )
