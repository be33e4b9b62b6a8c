import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Problem } from '../messages/errors.ts'
import { usePages } from '../ui/state/use-pages.ts'

interface SharedQuestion<T> {
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
export const useAnswers = <T>(questions: SharedQuestion<T>[]): AnswerState<T>[] => {
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

interface SharedAnswer {
  answer?: Promise<unknown>
  isPending: boolean
  /** Called when a reader asked again, except for that reader's own call. */
  readers: Map<object, () => void>
}

/** By the key of the question; only while a part of the page shows the answer. */
const sharedAnswers = new Map<string, SharedAnswer>()

/** Shares the answer of `key` with the other readers from now on. Returns the function that stops it. */
export const joinAnswer = (key: string, reader: object, onNew: () => void): (() => void) => {
  const its: SharedAnswer = sharedAnswers.get(key) ?? { isPending: false, readers: new Map() }
  sharedAnswers.set(key, its)
  its.readers.set(reader, onNew)
  return () => {
    its.readers.delete(reader)
    if (its.readers.size === 0) sharedAnswers.delete(key)
  }
}

/**
 * Sends one request for all parts of a page that show the same answer, because every read is an entry in the organization's log.
 * After a failure, the next reader sends a new request.
 *
 * @param again sends a new request, unless one is already running; the other readers get the new answer too.
 */
export const askShared = <T>(
  key: string,
  reader: object,
  { ask, again }: { ask: () => Promise<T>; again: boolean },
): Promise<T> => {
  const its = sharedAnswers.get(key)
  if (!its) return ask()
  if (its.answer && (its.isPending || !again)) return its.answer as Promise<T>
  const answer = ask()
  its.answer = answer
  its.isPending = true
  answer.then(
    () => {
      its.isPending = false
    },
    () => {
      its.isPending = false
      delete its.answer
    },
  )
  for (const [other, onNew] of its.readers) if (other !== reader) onNew()
  return answer
}
