import { useEffect, useRef } from 'preact/hooks'
import type { ListName } from '../../messages/record-lists.ts'
import type { Source } from '../../messages/vitals.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Skeleton } from '../../ui/controls/skeleton.tsx'
import { sentence } from '../../ui/words/problem.ts'
import { t } from '../../ui/words/words.ts'
import { useFirstOfEach } from '../first-of-each.ts'
import { EntryRow, SeriesRow } from './entry-row.tsx'
import type { FoldedEntry } from './fold-entries.ts'
import { isRefused, ListAbsences, NothingRecorded } from './list-absence.tsx'
import { weightOfRow } from './row-budget.ts'
import type { ListAt } from './use-record-list.ts'

/** A row, with earlier ones of the same test. */
export interface Item {
  newest: FoldedEntry
  earlier: FoldedEntry[]
  sources: Source[]
}

interface Props {
  name: ListName
  lists: ListAt[]
  items: Item[]
  /** These are what a search found: what is missing is said once for all lists. */
  isFound: boolean
  /** Called once it has been in view for a moment. */
  onSeen: () => void
}

/** One list from all organizations, with a notice for each missing part. */
export const ListSection = ({ name, lists, items, isFound, onSeen }: Props) => {
  const section = useSeen(onSeen)
  const title = t(`list_${name}`)
  return (
    <section ref={section} id={`list-${name}`} class="stack" aria-labelledby={`title-${name}`}>
      <h3 id={`title-${name}`}>{title}</h3>
      {!isFound && <ListAbsences name={name} lists={lists} />}
      <Entries title={title} items={items} />
      {!isFound && <Rest name={name} lists={lists} hasItems={items.length > 0} />}
    </section>
  )
}

const Entries = ({ title, items }: { title: string; items: Item[] }) => {
  const { visible, showMore } = useFirstOfEach(items, ({ newest }) => weightOfRow(newest.entries[0]))
  if (items.length === 0) return null
  return (
    <>
      <ul class="entries" aria-label={title}>
        {visible.map(({ newest, earlier }) =>
          earlier.length > 0 ? (
            <SeriesRow key={keyOf(newest)} newest={newest} earlier={earlier} />
          ) : (
            <EntryRow key={keyOf(newest)} row={newest} />
          ),
        )}
      </ul>
      {showMore && (
        <Button look="plain" onClick={showMore} aria-label={t('show_more_of', title)}>
          {t('show_more')}
        </Button>
      )}
    </>
  )
}

/** What has not been read, is not there, or was too much. */
const Rest = ({ name, lists, hasItems }: Pick<Props, 'name' | 'lists'> & { hasItems: boolean }) => {
  const isUnread = lists.some(
    ({ connection, answers }) => answers.length === 0 && !isRefused(connection, name),
  )
  const waiting = lists.filter(({ answers }) => answers.some(({ value, pending }) => pending && !value))
  return (
    <>
      {!hasItems && waiting.length > 0 && <Skeleton bars={[44, 44]} />}
      {isUnread && <div class="unread" />}
      {hasItems &&
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

const keyOf = ({ entries: [{ source, type, id }] }: FoldedEntry): string =>
  JSON.stringify([source.connectionId, type, id])

/** How long a list is in view before it counts as seen, in milliseconds: not while the page is drawn, or scrolled past. */
const LOOK = 250

/** Returns the ref of an element, and calls `onSeen` when the element has been in view for a moment. */
const useSeen = (onSeen: () => void) => {
  const element = useRef<HTMLElement>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const observer = new IntersectionObserver((changes) => {
      clearTimeout(timer)
      if (changes.at(-1)?.isIntersecting) timer = setTimeout(onSeen, LOOK)
    })
    if (element.current) observer.observe(element.current)
    return () => {
      clearTimeout(timer)
      observer.disconnect()
    }
  }, [])
  return element
}
