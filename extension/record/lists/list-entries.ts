import type { RecordEntry, RecordList } from '../../messages/record-lists.ts'
import type { ListAt } from './use-record-list.ts'

/**
 * Returns the entries of several answers without duplicates: a result comes by itself and also with its report, which tells its
 * place.
 */
export const entriesOf = (answers: readonly RecordList[]): RecordEntry[] => {
  const entries = new Map<string, RecordEntry>()
  for (const entry of answers.flatMap((answer) => answer.entries)) {
    const key = JSON.stringify([entry.source.connectionId, entry.type, entry.id])
    if (!entries.has(key) || !entry.unplaced) entries.set(key, entry)
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
