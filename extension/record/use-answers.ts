import type { Problem } from '../messages/errors.ts'
import { usePages } from '../ui/use-pages.ts'

interface Question<T> {
  /** The same question is asked once. */
  key: string
  ask: () => Promise<T>
}

export interface Answered<T> {
  value?: T
  problem?: Problem
  pending: boolean
  again: () => void
}

/** Questions that are answered whole. An old answer stays while a new one comes. */
export const useAnswers = <T>(questions: Question<T>[]): Answered<T>[] =>
  usePages(questions.map(({ key, ask }) => ({ key, load: ask }))).map(
    ({ pages: [value], problem, pending, again }) => ({
      ...(value !== undefined && { value }),
      ...(problem && { problem }),
      pending,
      again,
    }),
  )
