import { ask } from '../../messages/ask.ts'
import type { Connection } from '../../messages/state.ts'
import type { Vitals } from '../../messages/vitals.ts'
import { type AnswerState, useAnswers } from '../use-answers.ts'

/** One person's record at one organization. */
export interface RecordAt {
  connection: Connection
  /** The patient's id there. */
  patient: string
}

export type VitalsAt = RecordAt & AnswerState<Vitals>

/**
 * Loads the vital signs of each organization; sends no request if the grant does not allow it. Until an organization answers, its value
 * is what was last read there. That is asked for each time, because it may have been refused since.
 */
export const useVitals = (records: RecordAt[]): VitalsAt[] => {
  const allowedRecords = records.filter(({ connection }) => connection.can.readVitals)
  const questions = allowedRecords.map(({ connection, patient }) => ({
    connectionId: connection.id,
    patient,
  }))
  const keyOf = (of: (typeof questions)[number], what?: string) =>
    JSON.stringify([of.connectionId, of.patient, what])
  const answers = useAnswers(questions.map((of) => ({ key: keyOf(of), ask: () => ask('vitals', of) })))
  const awaited = questions.filter((_, index) => answers[index]?.pending && !answers[index].value)
  const lastAnswers = useAnswers(
    awaited.map((of) => ({ key: keyOf(of, 'last'), ask: () => ask('last-vitals', of) })),
  )
  return records.map((record) => {
    const index = allowedRecords.indexOf(record)
    const [question, answer] = [questions[index], answers[index]]
    if (!question || !answer) return { ...record, pending: false, retry: () => undefined }
    const last = lastAnswers[awaited.indexOf(question)]?.value
    return { ...record, ...answer, ...(last && { value: last }) }
  })
}
