import { useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import { type ListName, listNames } from '../../messages/record-lists.ts'
import { Lens } from '../../ui/controls/icons.tsx'
import { absent } from '../../ui/words/absent.ts'
import { count, t } from '../../ui/words/words.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'
import { foldEntries, hasSeries, seriesOf } from './fold-entries.ts'
import { type Item, ListSection } from './list-section.tsx'
import { isNotHere, NotHere } from './not-here.tsx'
import { areParts, makeTexts, matchesOf } from './search-entries.ts'
import { entriesOf, missingResultsOf, type NamedList, useRecordLists } from './use-record-list.ts'

interface Props {
  records: RecordAt[]
  /** The person has an organization that is not among them, because nobody is signed in there. */
  isPart: boolean
}

/**
 * The lists of a record, and a search in all of them. A list is read once it has been in view for a moment, and all are read when
 * somebody searches: every read is an entry in the organizations' logs.
 */
export const RecordLists = ({ records, isPart }: Props) => {
  const [seen, setSeen] = useState<readonly ListName[]>([])
  const [hasSearched, setHasSearched] = useState(false)
  const [query, setQuery] = useState('')
  const loaded = useLoadedLists(hasSearched ? listNames : seen, records)
  const isSearching = query.trim() !== ''
  useReportSeen(loaded.filter(({ name }) => !isSearching && seen.includes(name)))
  const isSearchable = useTexts(loaded)
  const search = (typed: string) => {
    setQuery(typed)
    setHasSearched(true)
  }
  const found = isSearching
    ? loaded.map((each) => ({ ...each, items: matchesOf(each.rows, query).map(alone) }))
    : loaded
  return (
    <div class="lists stack">
      <SearchBox query={query} onSearch={search} />
      {isSearching && <Found lists={found} isPart={isPart} isSearchable={isSearchable} />}
      {found
        .filter((each) => (isSearching ? each.items.length > 0 : !isNotHere(each)))
        .map(({ name, lists, items }) => (
          <ListSection
            key={name}
            name={name}
            lists={lists}
            items={items}
            isFound={isSearching}
            onSeen={() => setSeen((before) => (before.includes(name) ? before : [...before, name]))}
          />
        ))}
      {!isSearching && <NotHere all={loaded.filter(isNotHere)} />}
    </div>
  )
}

/** Reports to the worker each answer that has been on screen. */
const useReportSeen = (seen: readonly NamedList[]): void => {
  const shown = seen.flatMap(({ lists }) =>
    lists.flatMap(({ connection: { id: connectionId }, patient, answers }) =>
      answers.flatMap(({ type, value }) => (value ? [{ of: { connectionId, patient, type }, value }] : [])),
    ),
  )
  const reported = useRef(new WeakSet<object>()).current
  useEffect(() => {
    for (const { of, value } of shown) {
      if (reported.has(value)) continue
      reported.add(value)
      ask('record-list-seen', of).catch(() => undefined)
    }
  })
}

interface LoadedList extends NamedList {
  rows: Item['newest'][]
  items: Item[]
}

const alone = (newest: Item['newest']): Item => ({ newest, earlier: [], sources: newest.sources })

/** Folds the entries of a list again only when one of its answers is another. */
const useLoadedLists = (requested: readonly ListName[], records: RecordAt[]): LoadedList[] => {
  const folded = useRef(new Map<ListName, Pick<LoadedList, 'rows' | 'items'> & { key: unknown[] }>()).current
  return useRecordLists(listNames, requested, records).map(({ name, lists }) => {
    const values = lists.flatMap(({ answers }) => answers.flatMap(({ value }) => value ?? []))
    const before = folded.get(name)
    if (before && before.key.length === values.length && values.every((one, n) => one === before.key[n]))
      return { name, lists, rows: before.rows, items: before.items }
    const rows = foldEntries(entriesOf(values))
    const items = hasSeries(name)
      ? seriesOf(rows).map((each) => ({ ...each, sources: each.newest.sources }))
      : rows.map(alone)
    folded.set(name, { key: values, rows, items })
    return { name, lists, rows, items }
  })
}

/** Makes what is searched before somebody searches, so that no keystroke waits for it. Returns whether it is made. */
const useTexts = (loaded: LoadedList[]): boolean => {
  const [made, setMade] = useState<readonly unknown[]>([])
  const all = loaded.map(({ rows }) => rows)
  useEffect(() => {
    const rows = all.flat()
    let at = 0
    const make = () => {
      at = makeTexts(rows, at)
      if (at === rows.length) setMade(all)
      else timer = setTimeout(make)
    }
    let timer = setTimeout(make)
    return () => clearTimeout(timer)
  }, all)
  return all.every((rows) => made.includes(rows))
}

const SearchBox = ({ query, onSearch }: { query: string; onSearch: (typed: string) => void }) => {
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest('input, textarea, select, dialog')
      if (event.key !== '/' || event.ctrlKey || event.altKey || event.metaKey || isTyping) return
      if (!box.current?.checkVisibility()) return
      event.preventDefault()
      box.current.focus()
    }
    document.addEventListener('keydown', focus)
    return () => document.removeEventListener('keydown', focus)
  }, [])
  return (
    <div class="search-box">
      <Lens />
      <input
        ref={box}
        type="search"
        value={query}
        aria-label={t('record_search')}
        placeholder={t('record_search')}
        aria-keyshortcuts="/"
        autoComplete="off"
        onInput={(event) => onSearch(event.currentTarget.value)}
      />
    </div>
  )
}

/** How much was found, or that nothing was; and whether everything was searched. */
const Found = ({
  lists: all,
  isPart,
  isSearchable,
}: {
  lists: LoadedList[]
  isPart: boolean
  isSearchable: boolean
}) => {
  const lists = all.flatMap((each) => each.lists)
  const answers = lists.flatMap((list) => list.answers)
  const found = all.reduce((sum, { items }) => sum + items.length, 0)
  const isReading = !isSearchable || answers.some(({ pending, value }) => pending && !value)
  const isLacking =
    all.some(({ rows }) => areParts(rows)) ||
    lists.some((list) => list.refusedTypes.length > 0 || missingResultsOf(list) > 0)
  const none = isPart || isLacking || !isSearchable ? undefined : absent(answers, 'record_found_none')
  const words = [
    found > 0 ? count('record_found', found) : (none ?? (!isReading && t('record_found_part'))),
    isReading && t('loading'),
    found > 0 && !none && !isReading && t('digest_part'),
  ]
  return (
    <p class="quiet small" role="status">
      {words.filter(Boolean).join(' · ')}
    </p>
  )
}
