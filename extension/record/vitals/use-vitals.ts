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

/** Loads the vital signs of each organization; sends no request if the grant does not allow it. */
export const useVitals = (records: RecordAt[]): VitalsAt[] => {
  const allowedRecords = records.filter(({ connection }) => connection.can.readVitals)
  const answers = useAnswers(
    allowedRecords.map(({ connection, patient }) => ({
      key: JSON.stringify([connection.id, patient]),
      ask: () => ask('vitals', { connectionId: connection.id, patient }),
    })),
  )
  return records.map((record) => ({
    ...record,
    ...(answers[allowedRecords.indexOf(record)] ?? { pending: false, retry: () => undefined }),
  }))
}
