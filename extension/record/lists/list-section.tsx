import { useMemo, useState } from 'preact/hooks'
import { type ListName, listNames } from '../../messages/record-lists.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Skeleton } from '../../ui/controls/skeleton.tsx'
import { sentence } from '../../ui/words/problem.ts'
import { t } from '../../ui/words/words.ts'
import { useFirstOfEach } from '../first-of-each.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'
import { EntryRow, SeriesRow } from './entry-row.tsx'
import { foldEntries, seriesOf } from './fold-entries.ts'
import { ListAbsences, NothingRecorded } from './list-absence.tsx'
import { entriesOf, type ListAt, useRecordList } from './use-record-list.ts'

/** One list from all organizations, with a notice for each missing part. */
export const RecordList = ({ name, records }: { name: ListName; records: RecordAt[] }) => {
  const lists = useRecordList(name, records)
  const values = lists.flatMap(({ answers }) => answers.flatMap(({ value }) => value ?? []))
  const rows = useMemo(
    () => foldEntries(entriesOf(values)),
    [values.map(({ readAt }) => readAt).join(), lists.map(({ connection }) => connection.id).join()],
  )
  const items = useMemo(() => {
    const series =
      name === 'results' || name === 'social'
        ? seriesOf(rows)
        : rows.map((newest) => ({ newest, earlier: [] }))
    return series.map((each) => ({ ...each, sources: each.newest.sources }))
  }, [name, rows])
  const { visible, showMore } = useFirstOfEach(items)
  const waiting = lists.filter(({ answers }) => answers.some(({ value, pending }) => pending && !value))
  return (
    <>
      <ListAbsences name={name} lists={lists} />
      {items.length > 0 && (
        <ul class="entries" aria-label={t(`list_${name}`)}>
          {visible.map(({ newest, earlier }) =>
            earlier.length > 0 ? (
              <SeriesRow key={keyOf(newest)} newest={newest} earlier={earlier} />
            ) : (
              <EntryRow key={keyOf(newest)} row={newest} />
            ),
          )}
        </ul>
      )}
      {showMore && (
        <Button look="plain" onClick={showMore} aria-label={t('show_more_of', t(`list_${name}`))}>
          {t('show_more')}
        </Button>
      )}
      {waiting.length > 0 && items.length === 0 && <Skeleton bars={[44, 44]} />}
      {items.length > 0 &&
        waiting.map(({ connection }) => (
          <p key={connection.id} class="quiet small">
            {t('vitals_waiting', connection.providerName)}
          </p>
        ))}
      {lists.map((each) => (
        <NothingRecorded key={each.connection.id} name={name} list={each} />
      ))}
      {lists.map((each) => (
        <Cut key={each.connection.id} list={each} />
      ))}
    </>
  )
}

const Cut = ({ list: { connection, answers } }: { list: ListAt }) => {
  const cut = answers.find(({ value }) => value?.cut)?.value
  if (!cut) return null
  return (
    <p class="quiet small">
      {t('list_cut', connection.providerName)} {cut.warning && sentence(cut.warning, connection.providerName)}
    </p>
  )
}

const keyOf = ({ entries: [{ source, type, id }] }: ReturnType<typeof foldEntries>[number]): string =>
  JSON.stringify([source.connectionId, type, id])

/** The lists of a record, each read only when it is opened or named in the summary: every read is an entry in the organizations' logs. */
export const RecordLists = ({ records }: { records: RecordAt[] }) => (
  <div class="card lists">
    {listNames.map((name) => (
      <Disclosure key={name} name={name} records={records} />
    ))}
  </div>
)

/** Keys (list and person) of the open lists, kept while the popup is open. */
const openLists = new Set<string>()

const Disclosure = ({ name, records }: { name: ListName; records: RecordAt[] }) => {
  const key = JSON.stringify([name, records[0]?.connection.id, records[0]?.patient])
  const [isOpen, setOpen] = useState(openLists.has(key))
  const [isRequested, setRequested] = useState(isOpen)
  const toggle = (open: boolean) => {
    setOpen(open)
    if (open) setRequested(true)
    if (open) openLists.add(key)
    else openLists.delete(key)
  }
  return (
    <details id={`list-${name}`} open={isOpen} onToggle={(event) => toggle(event.currentTarget.open)}>
      <summary>
        <h3>{t(`list_${name}`)}</h3>
      </summary>
      {isRequested && (
        <div class="stack">
          <RecordList name={name} records={records} />
        </div>
      )}
    </details>
  )
}
