import { ask } from '../../messages/ask.ts'
import {
  type ListName,
  lists,
  type RecordEntry,
  type RecordList,
  type RecordType,
} from '../../messages/record-lists.ts'
import { type AnswerState, useAnswers } from '../use-answers.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'

export interface ListAt extends RecordAt {
  /** Types that the grant does not allow, so they are not requested. */
  refusedTypes: RecordType[]
  answers: (AnswerState<RecordList> & { type: RecordType })[]
}

/** One list at all organizations. */
export interface NamedList {
  name: ListName
  lists: ListAt[]
}

/**
 * Loads lists of a record. Each organization and type is loaded separately, so that none delays or hides another.
 *
 * @param requested those that are read; of the others there are no answers.
 */
export const useRecordLists = (
  names: readonly ListName[],
  requested: readonly ListName[],
  records: RecordAt[],
): NamedList[] => {
  const questions = names.flatMap((name) =>
    records.flatMap((record) =>
      typesOf(name)
        .filter((type) => requested.includes(name) && record.connection.can.readLists.includes(type))
        .map((type) => ({ record, type, connectionId: record.connection.id, patient: record.patient })),
    ),
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
  return names.map((name) => ({
    name,
    lists: records.map((record) => ({
      ...record,
      refusedTypes: typesOf(name).filter((type) => !record.connection.can.readLists.includes(type)),
      answers: answeredQuestions
        .filter((each) => each.record === record && typesOf(name).includes(each.type))
        .map(({ type, answer }) => ({ type, ...answer })),
    })),
  }))
}

/** Loads one list of a record. */
export const useRecordList = (name: ListName, records: RecordAt[]): ListAt[] =>
  useRecordLists([name], [name], records).flatMap((each) => each.lists)

const typesOf = (name: ListName): readonly RecordType[] => lists[name]

/**
 * Returns the entries of several answers without duplicates: a result comes by itself and also with its report, which tells its
 * place. What one of the answers held already is no news in another.
 */
export const entriesOf = (answers: readonly RecordList[]): RecordEntry[] => {
  const entries = new Map<string, RecordEntry>()
  for (const entry of answers.flatMap((answer) => answer.entries)) {
    const key = JSON.stringify([entry.source.connectionId, entry.type, entry.id])
    const same = entries.get(key)
    const { newSince: _, ...known } = same && entry.unplaced ? same : entry
    const newSince = same && same.newSince === undefined ? undefined : entry.newSince
    entries.set(key, newSince === undefined ? known : { ...known, newSince })
  }
  return [...entries.values()]
}

/**
 * Counts the results that an organization's reports name but that were not in its answers. 0 until both lists have been read to
 * their end, because until then Carekey itself may not have read the others.
 */
export const missingResultsOf = ({ answers }: Pick<ListAt, 'answers'>): number => {
  const answerOf = (type: string) => answers.find((answer) => answer.type === type)?.value
  const [results, reports] = [answerOf('Observation'), answerOf('DiagnosticReport')]
  if (!results || results.cut || !reports?.missingResults || reports.cut) return 0
  const known = new Set([...results.entries.map(({ id }) => id), ...(results.leftOut ?? [])])
  return reports.missingResults.filter((id) => !known.has(id)).length
}
