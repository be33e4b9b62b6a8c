import type { Connection } from '../messages/state.ts'
import { exactly } from '../ui/dates.ts'
import { sentence } from '../ui/problem.ts'
import { t } from '../ui/words.ts'

/** States who or what ended a connection, and when, as far as that is known. */
export const endOf = ({ endedBy, endedAt, providerName }: Connection): string => {
  const when = endedAt === undefined ? '' : exactly(endedAt)
  if (endedBy === 'organization') return t('ended_by_organization', providerName, when)
  if (endedBy === 'time') return t('ended_by_time', providerName, when)
  return sentence({ code: 'provider-changed' }, providerName)
}
