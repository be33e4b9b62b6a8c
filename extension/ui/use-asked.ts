import { useCallback, useEffect, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { Input, Output, RequestName } from '../messages/protocol.ts'
import { problemOf } from './problem.ts'

export interface Asked<N extends RequestName> {
  value?: Output<N>
  problem?: Problem
  pending: boolean
  again: () => void
}

interface Held<N extends RequestName> {
  value?: Output<N>
  problem?: Problem
  question: string
  turn: number
}

/**
 * Asks when the input changes, and `again`. While a new answer to the same question comes, or does not come, the old
 * one stays; the answer to another question is never shown: it would be another patient's.
 */
export const useAsked = <N extends RequestName>(name: N, input: Input<N> & object): Asked<N> => {
  const question = JSON.stringify([name, input])
  const [turn, setTurn] = useState(0)
  const [held, setHeld] = useState<Held<N>>()

  useEffect(() => {
    let wanted = true
    const put = ask as unknown as (name: N, input: Input<N>) => Promise<Output<N>>
    put(name, input).then(
      (value) => wanted && setHeld({ question, turn, value }),
      (error: unknown) =>
        wanted &&
        setHeld((old) => ({
          ...(old?.question === question && old.value !== undefined && { value: old.value }),
          question,
          turn,
          problem: problemOf(error),
        })),
    )
    return () => {
      wanted = false
    }
  }, [question, turn])

  const again = useCallback(() => setTurn((last) => last + 1), [])
  const mine = held?.question === question ? held : undefined
  return {
    ...(mine?.value !== undefined && { value: mine.value }),
    ...(mine?.problem && { problem: mine.problem }),
    pending: mine?.turn !== turn,
    again,
  }
}
