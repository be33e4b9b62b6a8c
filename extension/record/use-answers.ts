import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../messages/errors.ts'
import { problemOf } from '../ui/problem.ts'

export interface Question<T> {
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

type Held<T> = Omit<Answered<T>, 'again'>

/**
 * Asks each question by itself, and has what has come so far: none waits for another. An old answer stays while a new one
 * comes; that of a question which is no longer there is dropped.
 */
export const useAnswers = <T>(questions: Question<T>[]): Answered<T>[] => {
  const [held, setHeld] = useState<Record<string, Held<T>>>({})
  const turns = useRef(new Map<string, number>())

  const read = useCallback(async ({ key, ask }: Question<T>) => {
    const turn = (turns.current.get(key) ?? 0) + 1
    turns.current.set(key, turn)
    setHeld((all) => ({ ...all, [key]: { ...all[key], pending: true } }))
    const outcome = await ask().then(
      (value) => ({ value }),
      (error: unknown) => ({ problem: problemOf(error) }),
    )
    if (turns.current.get(key) !== turn) return
    setHeld(({ [key]: before, ...others }) => ({
      ...others,
      [key]: { ...(before?.value !== undefined && { value: before.value }), ...outcome, pending: false },
    }))
  }, [])

  const keys = questions.map(({ key }) => key)
  useEffect(() => {
    for (const question of questions) if (!turns.current.has(question.key)) void read(question)
    for (const key of turns.current.keys()) if (!keys.includes(key)) turns.current.delete(key)
    setHeld((all) => Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))))
  }, [keys.join('\n')])
  useEffect(() => () => turns.current.clear(), [])

  return questions.map((question) => ({
    ...(held[question.key] ?? { pending: true }),
    again: () => void read(question),
  }))
}
