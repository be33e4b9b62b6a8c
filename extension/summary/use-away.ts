import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { Connection } from '../messages/state.ts'
import { isOutOfReach } from '../record/absence.tsx'
import { type AnswerState, useAnswers } from '../record/use-answers.ts'
import type { VitalsAt } from '../record/vitals/use-vitals.ts'

export interface AwayPart {
  connection: Connection
  /** Why each part is missing, or is a copy. */
  problem: Problem
  retry: () => void
  /** A copy of some part is shown, which says itself how old it is. */
  hasCopy: boolean
}

/**
 * Returns the organizations that give no part of the record now, because they cannot be reached or refuse all of it, so that the
 * page says so once, and not for each part. Shares the answers of those parts.
 */
export const useAway = (vitals: VitalsAt[]): AwayPart[] => {
  const questions = vitals.flatMap(({ connection, patient }) =>
    connection.can.readLists.map((type) => ({ connectionId: connection.id, patient, type })),
  )
  const lists = useAnswers(
    questions.map((question) => ({
      key: JSON.stringify([question.connectionId, question.patient, question.type]),
      ask: () => ask('record-list', question),
    })),
  )
  return vitals.flatMap((its) => {
    const { connection } = its
    const ofLists = lists.filter((_, index) => questions[index]?.connectionId === connection.id)
    return awayPart(connection, [...(connection.can.readVitals ? [its] : []), ...ofLists]) ?? []
  })
}

/**
 * Returns why an organization gives nothing; undefined as long as one of its answers is awaited or gives something new, or one part is
 * refused while another cannot be reached: what is said once must hold for each part.
 */
export const awayPart = (
  connection: Connection,
  answers: readonly AnswerState<{ readAt: number; copyBecause?: Problem }>[],
): AwayPart | undefined => {
  const parts = answers.flatMap(({ value, problem = value?.copyBecause, pending, retry }) =>
    problem && !pending ? [{ problem, retry, isCopy: value !== undefined }] : [],
  )
  const [first] = parts
  if (!first || parts.length < answers.length) return undefined
  const isSaidOnce = [isOutOfReach, isRefusal].some((is) => parts.every(({ problem }) => is(problem)))
  if (!isSaidOnce) return undefined
  return {
    connection,
    problem: first.problem,
    retry: () => {
      for (const { retry } of parts) retry()
    },
    hasCopy: parts.some(({ isCopy }) => isCopy),
  }
}

const isRefusal = ({ code }: Problem): boolean => code === 'refused'
