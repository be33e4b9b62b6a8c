import { ask } from '../messages/ask.ts'
import type { Connection } from '../messages/state.ts'
import type { Vitals } from '../messages/vitals.ts'
import { type Answered, useAnswers } from './use-answers.ts'

/** One person's record at one organization. */
export interface RecordAt {
  connection: Connection
  /** The patient's id there. */
  patient: string
}

export type VitalsAt = RecordAt & Answered<Vitals>

/** Loads the vital signs of each organization; sends no request if the grant does not allow it. */
export const useVitals = (records: RecordAt[]): VitalsAt[] => {
  const asked = records.filter(({ connection }) => connection.can.readVitals)
  const answers = useAnswers(
    asked.map(({ connection, patient }) => ({
      key: JSON.stringify([connection.id, patient]),
      ask: () => ask('vitals', { connectionId: connection.id, patient }),
    })),
  )
  return records.map((record) => ({
    ...record,
    ...(answers[asked.indexOf(record)] ?? { pending: false, again: () => undefined }),
  }))
}
