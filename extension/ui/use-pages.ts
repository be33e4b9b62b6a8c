import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../messages/errors.ts'
import { problemOf } from './problem.ts'

/** A request for a list in pages, or for an answer of one page. */
export interface Question<T> {
  /** Identifies the question; equal keys are requested once. */
  key: string
  /** Reads the page after `last`, or the first page without it. `again`: the person or a check requests a fresh read. */
  load: (last: T | undefined, again: boolean) => Promise<T>
}

export interface Pages<T> {
  pages: T[]
  /** Why the newest page could not be read. */
  problem?: Problem
  pending: boolean
  more: () => void
  /** Repeats the failed read, or else reads the last page again. */
  again: () => void
  /** Reads again from the first page. */
  anew: () => void
}

interface Held<T> {
  pages: T[]
  problem?: Problem
  /** The pages before the one that could not be read. */
  before?: T[]
  pending: boolean
}

const nothing = { pages: [], pending: true }

/**
 * Loads each question independently and returns the pages so far. Pages on screen stay while they are read again, and if that
 * fails; pages of a question that is no longer requested are dropped.
 */
export const usePages = <T>(questions: readonly Question<T>[]): Pages<T>[] => {
  const [held, setHeld] = useState<Record<string, Held<T>>>({})
  const turns = useRef(new Map<string, number>())

  const read = useCallback(async ({ key, load }: Question<T>, before: T[], again: boolean) => {
    const turn = (turns.current.get(key) ?? 0) + 1
    turns.current.set(key, turn)
    const hold = (change: (pages: T[]) => Held<T>) =>
      setHeld((all) => ({ ...all, [key]: change(all[key]?.pages ?? []) }))
    hold((pages) => ({ pages, pending: true }))
    const outcome = await load(before.at(-1), again).then(
      (page) => () => ({ pages: [...before, page], pending: false }),
      (error: unknown) => (pages: T[]) => ({ pages, before, problem: problemOf(error), pending: false }),
    )
    if (turns.current.get(key) === turn) hold(outcome)
  }, [])

  const keys = questions.map(({ key }) => key)
  useEffect(() => {
    for (const question of questions) if (!turns.current.has(question.key)) void read(question, [], false)
    for (const key of turns.current.keys()) if (!keys.includes(key)) turns.current.delete(key)
    setHeld((all) => Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))))
  }, [keys.join('\n')])
  useEffect(() => () => turns.current.clear(), [])

  return questions.map((question) => {
    const { before, ...found }: Held<T> = held[question.key] ?? nothing
    return {
      ...found,
      more: () => void read(question, found.pages, false),
      again: () => void read(question, before ?? found.pages.slice(0, -1), true),
      anew: () => void read(question, [], true),
    }
  })
}
