import { ask } from '../messages/ask.ts'
import { isOutOfReach, type OutOfReachPart } from '../record/out-of-reach.tsx'
import { useAnswers } from '../record/use-answers.ts'
import type { VitalsAt } from '../record/use-vitals.ts'

/**
 * Returns the organizations of which no part of the record can be reached now, so that the page says so once, and not for each
 * part. Shares the answers of those parts.
 */
export const useAway = (vitals: VitalsAt[]): OutOfReachPart[] => {
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
    const answers = [...(connection.can.readVitals ? [its] : []), ...ofLists]
    const parts = answers.flatMap(({ value, problem = value?.copyBecause, pending, retry }) =>
      problem && !pending && isOutOfReach(problem) ? [{ problem, retry, readAt: value?.readAt }] : [],
    )
    const [first] = parts
    if (!first || parts.length < answers.length) return []
    const times = parts.flatMap(({ readAt }) => readAt ?? [])
    return [
      {
        connection,
        problem: first.problem,
        retry: () => {
          for (const { retry } of parts) retry()
        },
        // Without a copy of each part, the age of one copy would seem to hold for all.
        ...(times.length === parts.length && { readAt: Math.min(...times) }),
      },
    ]
  })
}
