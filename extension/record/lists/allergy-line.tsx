import type { ComponentChildren } from 'preact'
import { isWhole } from '../../messages/extent.ts'
import { whyNotShared } from '../../messages/state.ts'
import { absent } from '../../ui/words/absent.ts'
import { sentence } from '../../ui/words/problem.ts'
import { listed, t } from '../../ui/words/words.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'
import { lineWords } from './entry-words.ts'
import { foldEntries } from './fold-entries.ts'
import { type ListAt, useRecordList } from './use-record-list.ts'

const mostNames = 6

/** A patient's allergies in one line of the header, or why they are not known: silence would look like none. */
export const AllergyLine = ({ record }: { record: RecordAt }) => {
  const [list] = useRecordList('allergies', [record])
  return list ? <AllergyWords list={list} /> : null
}

export const AllergyWords = ({ list }: { list: ListAt }) => {
  const { connection, refusedTypes, answers } = list
  const organization = connection.providerName
  const [answer] = answers
  if (refusedTypes.length > 0) {
    const why = whyNotShared(connection, ({ readLists }) => readLists.includes('AllergyIntolerance'))
    const what = t('list_allergies').toLocaleLowerCase()
    return (
      <Line>
        {why === 'forbidden' ? t('sharing_forbidden', what) : t('allergies_not_allowed', organization)}
      </Line>
    )
  }
  if (answer?.problem)
    return <Line>{`${t('allergies_unread')} ${sentence(answer.problem, organization)}`}</Line>
  if (!answer?.value) return <Line>{t('allergies_reading')}</Line>
  const names = new Set(
    foldEntries(answer.value.entries)
      .filter(({ isPast }) => !isPast)
      .map(({ entries: [entry] }) => lineWords(entry).words),
  )
  const isAll = isWhole(answer.value)
  if (names.size === 0) {
    const word = answer.value.entries.length > 0 ? 'allergies_past' : 'list_empty_allergies'
    return <Line>{absent([answer], word, organization) ?? t('allergies_part', organization)}</Line>
  }
  const more = names.size - mostNames
  return (
    <Line>
      <strong>
        {t('allergies_are', listed([...names].slice(0, mostNames)))}
        {(more > 0 || !isAll) && ` ${t('allergies_more')}`}
      </strong>
    </Line>
  )
}

const Line = ({ children }: { children: ComponentChildren }) => (
  <span class="allergies" role="status">
    {children}
  </span>
)
