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
  // By their keys: the words of two allergies may be cut to the same.
  const names = new Map(
    foldEntries(answer.value.entries)
      .filter(({ isPast }) => !isPast)
      .map(({ entries: [entry] }) => lineWords(entry))
      .map(({ key, words }) => [key, words]),
  )
  if (names.size === 0) {
    const word = answer.value.entries.length > 0 ? 'allergies_past' : 'list_empty_allergies'
    const part = answer.value.limited
      ? t('sharing_limited', t('list_allergies').toLocaleLowerCase(), organization)
      : t('allergies_part', organization)
    return <Line>{absent([answer], word, organization) ?? part}</Line>
  }
  const { limited, ...read } = answer.value
  return (
    <Line>
      <strong>
        {t('allergies_are', listed([...names.values()].slice(0, mostNames)))}
        {(names.size > mostNames || !isWhole(read)) && ` ${t('allergies_more')}`}
      </strong>
      {limited && ` ${t('sharing_limited', t('list_allergies').toLocaleLowerCase(), organization)}`}
    </Line>
  )
}

const Line = ({ children }: { children: ComponentChildren }) => (
  <span class="allergies" role="status">
    {children}
  </span>
)
