import type { PatientQuery } from '../../messages/patients.ts'
import { Notice } from '../../ui/controls/notice.tsx'
import { t } from '../../ui/words/words.ts'
import { queryWords } from './query-words.ts'

/** Says what was looked for and among whom, and what the one box takes, if it was used. */
export const FoundNothing = ({ query, organization }: { query: PatientQuery; organization: string }) => (
  <Notice kind="empty">
    {t('found_nothing', organization, queryWords(query))} {query.anything && t('found_nothing_hint')}
  </Notice>
)
