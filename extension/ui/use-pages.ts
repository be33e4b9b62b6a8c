import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Problem } from '../messages/errors.ts'
import { problemOf } from './problem.ts'

/** A list that comes in pages, or an answer that is one page. */
export interface Question<T> {
  /** The same question is asked once. */
  key: string
  /** Reads the page after `last`, the first one without. `again`: the person, or a check, wants it read anew. */
  load: (last: T | undefined, again: boolean) => Promise<T>
}

export interface Pages<T> {
  pages: T[]
  /** Why the newest page could not be read. */
  problem?: Problem
  pending: boolean
  more: () => void
  /** Reads once more what failed, or else the last page. */
  again: () => void
  /** Reads from the first page on. */
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
 * Asks each question by itself, and has what has come so far: none waits for another. What is on screen stays while it is read
 * again, and where that fails; that of a question which is no longer there is dropped.
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
