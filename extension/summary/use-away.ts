import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { Connection } from '../messages/state.ts'
import { isOutOfReach, type OutOfReachPart } from '../record/absence.tsx'
import { type AnswerState, useAnswers } from '../record/use-answers.ts'
import type { VitalsAt } from '../record/vitals/use-vitals.ts'

interface AwayPart extends OutOfReachPart {
  /** A copy of some part is shown. */
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

/** Returns why an organization gives nothing; undefined as long as one of its answers is awaited, or gives something new. */
export const awayPart = (
  connection: Connection,
  answers: readonly AnswerState<{ readAt: number; copyBecause?: Problem }>[],
): AwayPart | undefined => {
  const parts = answers.flatMap(({ value, problem = value?.copyBecause, pending, retry }) =>
    problem && !pending && givesNothing(problem) ? [{ problem, retry, readAt: value?.readAt }] : [],
  )
  const [first] = parts
  if (!first || parts.length < answers.length) return undefined
  const times = parts.flatMap(({ readAt }) => readAt ?? [])
  return {
    connection,
    problem: first.problem,
    retry: () => {
      for (const { retry } of parts) retry()
    },
    // Without a copy of each part, the age of one copy would seem to hold for all.
    ...(times.length === parts.length && { readAt: Math.min(...times) }),
    hasCopy: times.length > 0,
  }
}

const givesNothing = (problem: Problem): boolean => isOutOfReach(problem) || problem.code === 'refused'
