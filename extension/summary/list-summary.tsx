import { useMemo } from 'preact/hooks'
import type { ListName, RecordEntry } from '../messages/record-lists.ts'
import { InPieces } from '../record/in-pieces.tsx'
import { detailLines, rowWords } from '../record/lists/entry-words.ts'
import { foldEntries, hasSeries, seriesOf } from '../record/lists/fold-entries.ts'
import { ListAbsences, NothingRecorded } from '../record/lists/list-absence.tsx'
import { NarrativeText } from '../record/lists/narrative-text.tsx'
import { entriesOf, type ListAt, useRecordList } from '../record/lists/use-record-list.ts'
import type { RecordAt } from '../record/vitals/use-vitals.ts'
import { Skeleton } from '../ui/controls/skeleton.tsx'
import { t } from '../ui/words/words.ts'

interface Props {
  name: ListName
  record: RecordAt
  /** That the organization cannot be reached is said at the top of the page. */
  isAway: boolean
}

/** One complete list of a record at one organization, because a printout should hold all of it. */
export const ListSummary = ({ name, record, isAway }: Props) => {
  const [list] = useRecordList(name, [record])
  if (!list) return null
  return <Loaded name={name} list={list} isAway={isAway} />
}

const Loaded = ({ name, list, isAway }: { name: ListName; list: ListAt; isAway: boolean }) => {
  const values = list.answers.flatMap(({ value }) => value ?? [])
  const rows = useMemo(() => {
    const folded = foldEntries(entriesOf(values))
    return hasSeries(name) ? seriesOf(folded).flatMap(({ newest, earlier }) => [newest, ...earlier]) : folded
  }, [values.map(({ readAt }) => readAt).join(), list.connection.id])
  if (isAway && rows.length === 0) return null
  const isCut = list.answers.some(({ value }) => value?.cut)
  const title = t(`list_${name}`)
  return (
    <div class="list">
      <h3>{title}</h3>
      <ListAbsences name={name} lists={[list]} isAway={isAway} />
      {rows.length > 0 && (
        <table aria-label={title}>
          <InPieces
            rows={rows}
            piece={(some) => (
              <tbody>
                {some.map(({ entries: [entry] }) => (
                  <Line key={`${entry.type} ${entry.id}`} entry={entry} />
                ))}
              </tbody>
            )}
          />
        </table>
      )}
      {list.answers.some(({ value, pending }) => pending && !value) && <Skeleton bars={[24, 24]} />}
      <NothingRecorded name={name} list={list} />
      {isCut && <p class="quiet small">{t('list_cut', list.connection.providerName)}</p>}
    </div>
  )
}

const Line = ({ entry }: { entry: RecordEntry }) => {
  const { name, value, flag, state, when, range, unplaced } = rowWords(entry)
  const result = value && [value, flag && t(`flag_${flag}`)].filter(Boolean).join(', ')
  const facts = [state, when, range, unplaced]
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {[result, ...facts].filter(Boolean).join(' · ')}
        {detailLines(entry).map(({ label, text }, index) => (
          <span key={index} class="quiet small detail">
            {label}: {text}
          </span>
        ))}
        <div class="quiet small detail">
          <NarrativeText entry={entry} />
        </div>
      </td>
    </tr>
  )
}
