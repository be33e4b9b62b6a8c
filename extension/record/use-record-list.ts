import { ask } from '../messages/ask.ts'
import { type ListName, lists, type RecordList, type RecordType } from '../messages/record-lists.ts'
import { type Answered, useAnswers } from './use-answers.ts'
import type { RecordAt } from './use-vitals.ts'

export interface ListAt extends RecordAt {
  /** Types that the grant does not allow, so they are not requested. */
  refused: RecordType[]
  answers: (Answered<RecordList> & { type: RecordType })[]
}

/** Loads one list of a record, each organization and type on its own, so that none holds up or hides another. */
export const useRecordList = (name: ListName, records: RecordAt[]): ListAt[] => {
  const types: readonly RecordType[] = lists[name]
  const asked = records.flatMap((record) =>
    types
      .filter((type) => record.connection.can.readLists.includes(type))
      .map((type) => ({ record, type, connectionId: record.connection.id, patient: record.patient })),
  )
  const answers = useAnswers(
    asked.map(({ connectionId, patient, type }) => ({
      key: JSON.stringify([connectionId, patient, type]),
      ask: () => ask('record-list', { connectionId, patient, type }),
    })),
  )
  const answered = asked.flatMap((question, index) => {
    const answer = answers[index]
    return answer ? [{ ...question, answer }] : []
  })
  return records.map((record) => ({
    ...record,
    refused: types.filter((type) => !record.connection.can.readLists.includes(type)),
    answers: answered
      .filter((each) => each.record === record)
      .map(({ type, answer }) => ({ type, ...answer })),
  }))
}
