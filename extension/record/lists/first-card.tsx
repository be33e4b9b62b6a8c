import { Chevron } from '../../ui/controls/icons.tsx'
import { t } from '../../ui/words/words.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'
import { DigestLine, digestOf } from './digest.tsx'
import { nothingAt } from './not-here.tsx'
import { useRecordLists } from './use-record-list.ts'

const NAMES = ['allergies', 'conditions', 'medications'] as const
const MOST = 12

interface Props {
  record: RecordAt
  /** Hidden, not taken away: its lists would be read again. */
  hidden: boolean
}

/** What a clinician has to know first of a patient: current allergies, conditions and medications. What is absent stands in one line. */
export const FirstCard = ({ record, hidden }: Props) => {
  const lists = useRecordLists(NAMES, NAMES, [record]).flatMap(({ lists }) => lists)
  const parts = NAMES.flatMap((name, at) => {
    const list = lists[at]
    return list ? [{ name, list }] : []
  })
  const empty = parts.filter((part) => nothingAt([part]))
  const nothing = nothingAt(empty)
  return (
    <section class="first-card" aria-label={t('summary')} hidden={hidden}>
      {parts.map(({ name, list }) => {
        if (empty.some((part) => part.list === list)) return null
        const words = digestOf(name, [list], [], MOST)
        if (words.named.length === 0) return <DigestLine key={name} name={name} {...words} />
        return (
          <div key={name} class={name}>
            <h2 class="quiet small">
              {t(`list_${name}`)}
              {words.rest}
            </h2>
            {words.named.map(({ key, words, when }) => (
              <a key={key} class="digest" href={`#list-${name}`}>
                {words} <span class="small">{when}</span>
                <Chevron />
              </a>
            ))}
          </div>
        )
      })}
      {nothing && <p class="quiet small">{nothing}</p>}
    </section>
  )
}
