import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { type Problem, refusalCodes } from '../../messages/errors.ts'
import { problemOf } from '../words/problem.ts'

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
  /** The first page is being read. */
  isRestarting: boolean
  /** Reads the next page; does nothing if the list has been read again since. */
  loadMore: () => void
  /** Repeats the failed read, or else reads the last page again; does nothing if the list has been read again since. */
  retry: () => void
  /** Reads again from the first page, also while a later page is being read. */
  restart: () => void
}

interface PageState<T> {
  pages: T[]
  problem?: Problem
  /** The pages before the one that is being read, or that could not be read. */
  pagesBefore?: T[]
  pending: boolean
  /** The turn in which its first page was requested. */
  list?: number
}

const initialState = { pages: [], pagesBefore: [], pending: true }

/**
 * Loads each question independently and returns the pages so far. Keeps the pages on screen while they are read again, and if
 * that read fails, unless it is refused. Drops the pages of a question that is no longer requested.
 */
export const usePages = <T>(questions: readonly Question<T>[]): Pages<T>[] => {
  const [states, setStates] = useState<Record<string, PageState<T>>>({})
  const turns = useRef(new Map<string, { turn: number; list: number }>())

  const readPages = useCallback(async ({ key, load }: Question<T>, pagesBefore: T[], again: boolean) => {
    const last = turns.current.get(key) ?? { turn: 0, list: 0 }
    const turn = last.turn + 1
    const list = pagesBefore.length === 0 ? turn : last.list
    turns.current.set(key, { turn, list })
    const update = (change: (pages: T[]) => PageState<T>) =>
      setStates((all) => ({ ...all, [key]: change(all[key]?.pages ?? []) }))
    update((pages) => ({ pages, pagesBefore, list, pending: true }))
    const outcome = await load(pagesBefore.at(-1), again).then(
      (page) => () => ({ pages: [...pagesBefore, page], list, pending: false }),
      (error: unknown) => (pages: T[]) => {
        const problem = problemOf(error)
        const kept = refusalCodes.has(problem.code) ? pagesBefore : pages
        return { ...{ pages: kept, pagesBefore, list, problem }, pending: false }
      },
    )
    if (turns.current.get(key)?.turn === turn) update(outcome)
  }, [])

  const keys = questions.map(({ key }) => key)
  // Before the paint, so that a question is asked a frame earlier.
  useLayoutEffect(() => {
    for (const question of questions)
      if (!turns.current.has(question.key)) void readPages(question, [], false)
    for (const key of turns.current.keys()) if (!keys.includes(key)) turns.current.delete(key)
    setStates((all) => Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))))
  }, [keys.join('\n')])
  useEffect(() => () => turns.current.clear(), [])

  return questions.map((question) => {
    const { pagesBefore, list, ...state }: PageState<T> = states[question.key] ?? initialState
    // Reading on by itself may come a moment after the person had the list read again, whose answer it must not replace.
    const goOn = (from: T[], again: boolean) => {
      if (turns.current.get(question.key)?.list === list) void readPages(question, from, again)
    }
    return {
      ...state,
      isRestarting: state.pending && pagesBefore?.length === 0,
      loadMore: () => goOn(state.pages, false),
      retry: () => goOn(pagesBefore ?? state.pages.slice(0, -1), true),
      restart: () => void readPages(question, [], true),
    }
  })
}
