import { useMemo } from 'preact/hooks'
import { type ListName, lists, type RecordEntry } from '../messages/record-lists.ts'
import { inParts } from '../record/budget.tsx'
import { InPieces } from '../record/in-pieces.tsx'
import { rowWords } from '../record/lists/entry-words.ts'
import { foldEntries, hasSeries, seriesOf } from '../record/lists/fold-entries.ts'
import { ListAbsences, NothingRecorded, partsOf } from '../record/lists/list-absence.tsx'
import { NarrativeText } from '../record/lists/narrative-text.tsx'
import { drawnLines, weightOfEntry } from '../record/lists/row-budget.ts'
import { entriesOf, type ListAt, useRecordList } from '../record/lists/use-record-list.ts'
import type { RecordAt } from '../record/vitals/use-vitals.ts'
import { Skeleton } from '../ui/controls/skeleton.tsx'
import { exactly } from '../ui/words/dates.ts'
import { t } from '../ui/words/words.ts'

interface Props {
  name: ListName
  record: RecordAt
  /** Why the organization gives nothing is said at the top of the page. */
  isAway: boolean
}

type PrintedProps = Omit<Props, 'record'> & { list: ListAt }

/** One complete list of a record at one organization, because a printout should hold all of it. */
export const ListSummary = ({ name, record, isAway }: Props) => {
  const [list] = useRecordList(name, [record])
  if (!list) return null
  return <PrintedList name={name} list={list} isAway={isAway} />
}

export const PrintedList = ({ name, list, isAway }: PrintedProps) => {
  const values = list.answers.flatMap(({ value }) => value ?? [])
  const rows = useMemo(() => {
    const folded = foldEntries(entriesOf(values))
    return hasSeries(name) ? seriesOf(folded).flatMap(({ newest, earlier }) => [newest, ...earlier]) : folded
  }, [values.map(({ readAt }) => readAt).join(), list.connection.id])
  const isCut = list.answers.some(({ value }) => value?.cut)
  const ages = agesOf({ name, list, isAway })
  const title = t(`list_${name}`)
  return (
    <div class="list">
      <h3>{title}</h3>
      <ListAbsences name={name} lists={[list]} isAway={isAway} />
      {rows.length > 0 && (
        <table aria-label={title}>
          <InPieces
            rows={rows}
            weightOf={({ entries: [entry] }) => weightOfEntry(entry)}
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
      {ages && <p class="quiet small">{ages}</p>}
    </div>
  )
}

/**
 * Says when each part was read, because paper outlives the page; or that it was not, if the top of the page says only why. The bare age
 * of an empty copy would look like "none".
 */
const agesOf = ({ name, list: { answers }, isAway }: PrintedProps): string => {
  const ageOf = ({ value }: ListAt['answers'][number]) =>
    value && (value.entries.length > 0 || !value.copyBecause)
      ? t('summary_read', exactly(value.readAt))
      : undefined
  const ages = Map.groupBy(
    answers.filter(({ value }) => value || isAway),
    ageOf,
  )
  return [...ages]
    .map(([age, its]) => {
      const types = its.map(({ type }) => type)
      if (age === undefined) return t('list_part_missing', partsOf(name, types))
      return types.length < lists[name].length ? `${partsOf(name, types)}: ${age}` : age
    })
    .join(' ')
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
        <div class="details">
          {inParts(
            drawnLines(entry).map(({ label, text }) => (
              <span class="quiet small detail">{inParts([`${label}: ${text}`])}</span>
            )),
          )}
        </div>
        <div class="quiet small detail">
          <NarrativeText entry={entry} />
        </div>
      </td>
    </tr>
  )
}
