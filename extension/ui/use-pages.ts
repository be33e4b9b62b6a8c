import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../messages/errors.ts'
import { problemOf } from './problem.ts'

export interface Page<T> {
  items: T[]
  total?: number
  next?: string
}

export interface Pages<T> {
  items?: T[]
  total?: number
  problem?: Problem
  pending: boolean
  hasMore: boolean
  more: () => void
  again: () => void
  anew: () => void
}

interface Held<T> {
  question: string
  items?: T[]
  total?: number
  next?: string
  problem?: Problem
}

/**
 * A list that comes in pages. `question` says what is listed, undefined asks nothing; another question starts anew.
 * A page that fails leaves those before it on screen.
 */
export const usePages = <T>(
  question: string | undefined,
  load: (next: string | undefined) => Promise<Page<T>>,
): Pages<T> => {
  const [held, setHeld] = useState<Held<T>>()
  const [pending, setPending] = useState(false)
  const asking = useRef(0)

  const run = useCallback(
    async (before: Held<T> | undefined) => {
      if (question === undefined) return
      const turn = ++asking.current
      setPending(true)
      const outcome = await load(before?.next).then(
        ({ items, ...rest }): Held<T> => ({
          ...(before?.total !== undefined && { total: before.total }),
          ...rest,
          question,
          items: [...(before?.items ?? []), ...items],
        }),
        (error: unknown): Held<T> => ({ ...before, question, problem: problemOf(error) }),
      )
      if (turn !== asking.current) return
      setHeld(outcome)
      setPending(false)
    },
    [question],
  )

  useEffect(() => {
    run(undefined)
    return () => {
      asking.current++
    }
  }, [run])

  const mine = held?.question === question ? held : undefined
  return {
    ...(mine?.items && { items: mine.items }),
    ...(mine?.total !== undefined && { total: mine.total }),
    ...(mine?.problem && { problem: mine.problem }),
    pending: question !== undefined && (pending || !mine),
    hasMore: mine?.next !== undefined,
    more: () => run(mine),
    again: () => run(mine?.items && mine.next ? mine : undefined),
    anew: () => run(undefined),
  }
}
