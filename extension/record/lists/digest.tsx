import { readableName } from '../../../values/readable-name.ts'
import { isWhole } from '../../messages/extent.ts'
import { Chevron } from '../../ui/controls/icons.tsx'
import { absent } from '../../ui/words/absent.ts'
import { t } from '../../ui/words/words.ts'
import { firstOfEach } from '../first-of-each.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'
import { nameWords } from './entry-words.ts'
import { type FoldedEntry, foldEntries } from './fold-entries.ts'
import { entriesOf, type ListAt, useRecordList } from './use-record-list.ts'

/** How many entries of each organization are named, so that one with many crowds out no other. */
const MOST = { allergies: 6, conditions: 2, medications: 2 }
type Name = keyof typeof MOST
const longestName = 60

/** What a doctor asks first, in a line each that leads to the list. */
export const Digest = ({ records }: { records: RecordAt[] }) => (
  <div>
    {(Object.keys(MOST) as Name[]).map((name) => (
      <Line key={name} name={name} records={records} />
    ))}
  </div>
)

const Line = ({ name, records }: { name: Name; records: RecordAt[] }) => {
  const { words, isNamed } = digestOf(name, useRecordList(name, records))
  const id = `list-${name}`
  return (
    <a class="digest" href={`#${id}`} onClick={() => document.getElementById(id)?.setAttribute('open', '')}>
      {t(`list_${name}`)}{' '}
      {words ? <span class={isNamed ? `small ${name}` : 'small'}>{words}</span> : <span class="skeleton" />}
      <Chevron />
    </a>
  )
}

interface Words {
  /** Undefined while the list is read. */
  words?: string
  isNamed?: boolean
}

/** Names the current entries, or says why there are none. */
export const digestOf = (name: Name, lists: readonly ListAt[]): Words => {
  const answers = lists.flatMap((list) => list.answers)
  const rows = foldEntries(entriesOf(answers.flatMap(({ value }) => value ?? [])))
  const current = rows.filter(({ isPast }) => !isPast)
  const named = namesOf(firstOfEach(current, MOST[name]))
  const isReading = answers.some(({ value, pending }) => pending && !value)
  const isRefused = lists.some(({ refusedTypes }) => refusedTypes.length > 0)
  if (named.length > 0) {
    const more = namesOf(current).length - named.length
    const isAll =
      !isRefused &&
      answers.every(({ value, problem }) => value && !problem && !value.copyBecause && isWhole(value))
    const words = [...named, ...(more > 0 ? [t('outliers_more', more)] : [])].join(', ')
    return { isNamed: true, words: isAll || isReading ? words : `${words} · ${t('digest_part')}` }
  }
  if (isReading) return {}
  if (isRefused) return { words: t('digest_refused') }
  const nothing = absent(answers, 'nothing_recorded')
  return { words: nothing ? (rows.length > 0 ? t('digest_past') : nothing) : t('digest_unread') }
}

const namesOf = (rows: readonly FoldedEntry[]): string[] => [
  ...new Set(rows.map(({ entries: [entry] }) => readableName(nameWords(entry), longestName))),
]
