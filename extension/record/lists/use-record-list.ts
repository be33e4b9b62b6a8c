import { ask } from '../../messages/ask.ts'
import { type ListName, lists, type RecordList, type RecordType } from '../../messages/record-lists.ts'
import { type AnswerState, useAnswers } from '../use-answers.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'

export interface ListAt extends RecordAt {
  /** Types that the grant does not allow, so they are not requested. */
  refusedTypes: RecordType[]
  answers: (AnswerState<RecordList> & { type: RecordType })[]
}

/** Loads one list of a record. Each organization and type is loaded separately, so that none delays or hides another. */
export const useRecordList = (name: ListName, records: RecordAt[]): ListAt[] => {
  const types: readonly RecordType[] = lists[name]
  const questions = records.flatMap((record) =>
    types
      .filter((type) => record.connection.can.readLists.includes(type))
      .map((type) => ({ record, type, connectionId: record.connection.id, patient: record.patient })),
  )
  const answers = useAnswers(
    questions.map(({ connectionId, patient, type }) => ({
      key: JSON.stringify([connectionId, patient, type]),
      ask: () => ask('record-list', { connectionId, patient, type }),
    })),
  )
  const answeredQuestions = questions.flatMap((question, index) => {
    const answer = answers[index]
    return answer ? [{ ...question, answer }] : []
  })
  return records.map((record) => ({
    ...record,
    refusedTypes: types.filter((type) => !record.connection.can.readLists.includes(type)),
    answers: answeredQuestions
      .filter((each) => each.record === record)
      .map(({ type, answer }) => ({ type, ...answer })),
  }))
}
