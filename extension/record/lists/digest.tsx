import { readableName } from '../../../values/readable-name.ts'
import { isWhole } from '../../messages/extent.ts'
import type { Source } from '../../messages/vitals.ts'
import { Chevron } from '../../ui/controls/icons.tsx'
import { absent } from '../../ui/words/absent.ts'
import { SourceDots } from '../../ui/words/source-mark.tsx'
import { listed, t } from '../../ui/words/words.ts'
import { firstOfEach } from '../first-of-each.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'
import { nameWords } from './entry-words.ts'
import { type FoldedEntry, foldEntries } from './fold-entries.ts'
import { entriesOf, type ListAt, useRecordList } from './use-record-list.ts'

/** How many entries of each organization are named, so that one with many crowds out no other. */
const MOST = { allergies: 6, conditions: 2, medications: 2 }
type Name = keyof typeof MOST
const longestName = 60

interface Props {
  records: RecordAt[]
  /** The person has an organization that is not among them, because nobody is signed in there. */
  isPart: boolean
}

/** What a doctor asks first, in a line each that leads to the list. */
export const Digest = (props: Props) => (
  <div>
    {(Object.keys(MOST) as Name[]).map((name) => (
      <Line key={name} name={name} {...props} />
    ))}
  </div>
)

const Line = ({ name, records, isPart }: Props & { name: Name }) => {
  const { named, rest } = digestOf(name, useRecordList(name, records), isPart)
  const id = `list-${name}`
  return (
    <a class="digest" href={`#${id}`}>
      {t(`list_${name}`)}{' '}
      {named.length > 0 || rest ? (
        <span class={named.length > 0 ? `small ${name}` : 'small'}>
          {named.map(({ words, sources }, index) => (
            <span key={words}>
              {index > 0 && ', '}
              <SourceDots sources={sources} /> {words}
              <span class="unseen"> ({listed(sources.map((source) => source.name))})</span>
            </span>
          ))}
          {rest}
        </span>
      ) : (
        <span class="skeleton" />
      )}
      <Chevron />
    </a>
  )
}

interface Named {
  words: string
  /** The organizations that say so. */
  sources: Source[]
}

interface Words {
  /** The current entries. */
  named: Named[]
  /** What stands after them, or in their place; undefined while nothing has been read. */
  rest?: string
}

/**
 * Names the current entries, or says why there are none.
 *
 * @param isPart the person has an organization that was not asked.
 */
export const digestOf = (name: Name, lists: readonly ListAt[], isPart = false): Words => {
  const answers = lists.flatMap((list) => list.answers)
  const rows = foldEntries(entriesOf(answers.flatMap(({ value }) => value ?? [])))
  const current = rows.filter(({ isPast }) => !isPast)
  const named = namesOf(firstOfEach(current, MOST[name]))
  const isRefused = lists.some(({ refusedTypes }) => refusedTypes.length > 0)
  const isAll =
    !isPart &&
    !isRefused &&
    answers.every(({ value, problem }) => value && !problem && !value.copyBecause && isWhole(value))
  if (named.length > 0) {
    const more = namesOf(current).length - named.length
    return {
      named,
      rest: `${more > 0 ? `, ${t('outliers_more', more)}` : ''}${isAll ? '' : ` · ${t('digest_part')}`}`,
    }
  }
  if (answers.some(({ value, pending }) => pending && !value)) return { named }
  if (isRefused) return { named, rest: t('digest_refused') }
  const nothing = isPart ? undefined : absent(answers, 'nothing_recorded')
  return { named, rest: nothing ? (rows.length > 0 ? t('digest_past') : nothing) : t('digest_unread') }
}

const namesOf = (rows: readonly FoldedEntry[]): Named[] => {
  const byWords = new Map<string, Map<string, Source>>()
  for (const { entries, sources } of rows) {
    const words = readableName(nameWords(entries[0]), longestName)
    const known = byWords.get(words) ?? new Map<string, Source>()
    for (const source of sources) known.set(source.connectionId, source)
    byWords.set(words, known)
  }
  return [...byWords].map(([words, sources]) => ({ words, sources: [...sources.values()] }))
}
