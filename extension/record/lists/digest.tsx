import { isWhole } from '../../messages/extent.ts'
import type { Connection } from '../../messages/state.ts'
import type { Source } from '../../messages/vitals.ts'
import { Chevron } from '../../ui/controls/icons.tsx'
import { absent } from '../../ui/words/absent.ts'
import { SourceDots } from '../../ui/words/source-mark.tsx'
import { lately } from '../../ui/words/when.tsx'
import { listed, t } from '../../ui/words/words.ts'
import { firstOfEach } from '../first-of-each.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'
import { lineWords, rowWords } from './entry-words.ts'
import { type FoldedEntry, foldEntries } from './fold-entries.ts'
import { entriesOf, type ListAt, useRecordList } from './use-record-list.ts'

/** How many entries of each organization are named, so that one with many crowds out no other. */
const MOST = { allergies: 6, conditions: 2, medications: 2 }
type Name = keyof typeof MOST

interface Props {
  records: RecordAt[]
  /** The person's other organizations. */
  leftOut: readonly Pick<Connection, 'providerName' | 'signedIn'>[]
}

/** What a doctor asks first, in a line each that leads to the list. */
export const Digest = (props: Props) => (
  <div>
    {(Object.keys(MOST) as Name[]).map((name) => (
      <Line key={name} name={name} {...props} />
    ))}
  </div>
)

const Line = ({ name, records, leftOut }: Props & { name: Name }) => (
  <DigestLine name={name} {...digestOf(name, useRecordList(name, records), leftOut)} />
)

export const DigestLine = ({ name, named, by, rest }: Words & { name: Name }) => (
  <a class="digest" href={`#list-${name}`}>
    {t(`list_${name}`)}{' '}
    {named.length > 0 || rest ? (
      <span class={named.length > 0 ? `small ${name}` : 'small'}>
        {by && `${by}: `}
        {named.map(({ key, words, sources }, index) => (
          <span key={key}>
            {index > 0 && ', '}
            <SourceDots sources={sources} /> {words}
            {!by && <span class="unseen"> ({namesOf(sources)})</span>}
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

interface Named {
  key: string
  words: string
  /** Since when; of several entries, the one that stands first. */
  when: string
  /** The organizations that say so. */
  sources: Source[]
}

interface Words {
  /** The current entries. */
  named: Named[]
  /** Who says so, while others may say something else: an organization's "No known allergies" must not stand for all. */
  by?: string | undefined
  /** What stands after them, or in their place; undefined while nothing has been read. */
  rest?: string
}

/**
 * Names the current entries, or says why there are none, and which organizations may have more.
 *
 * @param leftOut the person's organizations that were not asked.
 */
export const digestOf = (
  name: Name,
  lists: readonly ListAt[],
  leftOut: Props['leftOut'] = [],
  most = MOST[name],
): Words => {
  const answers = lists.flatMap((list) => list.answers)
  const rows = foldEntries(entriesOf(answers.flatMap(({ value }) => value ?? [])))
  const current = rows.filter(({ isPast }) => !isPast)
  const named = namedIn(firstOfEach(current, most))
  const gaps = gapsIn(lists, leftOut)
  if (named.length > 0) {
    const more = namedIn(current).length - named.length
    const rest = [more > 0 ? `, ${t('outliers_more', more)}` : '', ...gaps.map((gap) => ` · ${gap}`)].join('')
    return { named, by: gaps.length > 0 ? sayersOf(named) : undefined, rest }
  }
  if (lists.some((list) => gapOf(list) === 'digest_waiting')) return { named }
  if (gaps.length > 0) return { named, rest: gaps.join(' · ') }
  const nothing = absent(answers, 'nothing_recorded')
  return nothing ? { named, rest: rows.length > 0 ? t('digest_past') : nothing } : { named }
}

/** Says what is missing, and of which organizations if the person has several. */
const gapsIn = (lists: readonly ListAt[], leftOut: Props['leftOut']): string[] => {
  const gaps = new Map<NonNullable<ReturnType<typeof gapOf>> | 'digest_signed_out', string[]>()
  const isAlone = lists.length + leftOut.length === 1
  const add = (gap: Parameters<typeof gaps.get>[0], { providerName }: Props['leftOut'][number], age = '') =>
    gaps.set(gap, [...(gaps.get(gap) ?? []), isAlone ? age : `${providerName}${age}`])
  for (const list of lists) {
    const gap = gapOf(list)
    if (gap) add(gap, list.connection, ageOf(list))
  }
  for (const connection of leftOut) add(connection.signedIn ? 'digest_part' : 'digest_signed_out', connection)
  return [...gaps].map(([gap, whose]) => `${t(gap)}${isAlone ? '' : ': '}${listed(whose)}`)
}

/** How old the entries are that could not be read again. */
const ageOf = ({ answers }: ListAt): string => {
  const times = answers.flatMap(({ value, problem = value?.copyBecause }) =>
    value && problem && value.entries.length > 0 ? value.readAt : [],
  )
  return times.length > 0 ? ` (${t('last_read').toLocaleLowerCase()} ${lately(Math.min(...times))})` : ''
}

const gapOf = ({ refusedTypes, answers }: ListAt) => {
  if (refusedTypes.length > 0) return 'digest_refused'
  if (answers.some(({ value, pending }) => pending && !value)) return 'digest_waiting'
  if (answers.some(({ value, problem }) => problem || !value || value.copyBecause)) return 'digest_unread'
  return answers.every(({ value }) => value && isWhole(value)) ? undefined : 'digest_part'
}

/** The organizations that say all of it; absent if each says something else, which their marks show. */
const sayersOf = (named: readonly Named[]): string | undefined => {
  const [first = '', ...others] = named.map(({ sources }) => namesOf(sources))
  return others.every((each) => each === first) ? first : undefined
}

const namesOf = (sources: readonly Source[]): string => listed(sources.map(({ name }) => name))

/** Joins organizations only in a name that means the same for each. */
const namedIn = (rows: readonly FoldedEntry[]): Named[] => {
  const byKey = new Map<string, Omit<Named, 'key' | 'sources'> & { sources: Map<string, Source> }>()
  for (const { entries, sources } of rows) {
    const { key, words } = lineWords(entries[0])
    const known = byKey.get(key) ?? {
      words,
      when: rowWords(entries[0]).when,
      sources: new Map<string, Source>(),
    }
    for (const source of sources) known.sources.set(source.connectionId, source)
    byKey.set(key, known)
  }
  return [...byKey].map(([key, { sources, ...words }]) => ({ key, ...words, sources: [...sources.values()] }))
}
