import { whyNotShared } from '../../messages/state.ts'
import { allReadings } from '../../messages/vitals.ts'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { absent } from '../../ui/words/absent.ts'
import { sentence } from '../../ui/words/problem.ts'
import { t } from '../../ui/words/words.ts'
import { LastRead, Limited, NotShared, Omitted } from '../absence.tsx'
import type { VitalsAt } from './use-vitals.ts'

/**
 * Explains why an organization's readings are missing, in their place.
 *
 * @param isAway why the organization gives nothing is said elsewhere.
 */
export const VitalsAbsence = ({ isAway = false, ...vitals }: VitalsAt & { isAway?: boolean }) => (
  <>
    {vitals.connection.can.limited.includes('vitals') && (
      <Limited
        connection={vitals.connection}
        parts={['vitals']}
        what={t('vital_signs').toLocaleLowerCase()}
      />
    )}
    {!isAway && <Unread {...vitals} />}
  </>
)

const Unread = ({ connection, value, problem: failure, pending, retry }: VitalsAt) => {
  const problem = failure ?? value?.copyBecause
  const name = connection.providerName
  if (!connection.can.readVitals)
    return (
      <NotShared
        connection={connection}
        why={whyNotShared(connection, ({ readVitals }) => readVitals)}
        what={t('vital_signs').toLocaleLowerCase()}
        refused={t('vitals_not_allowed', name)}
      />
    )
  if (problem && !pending)
    return (
      <ProblemNotice problem={problem} organization={name} onRetry={retry}>
        {value && <LastRead at={value.readAt} />}
      </ProblemNotice>
    )
  if (!value) return null
  const isEmpty = allReadings(value).length === 0
  const nothing = isEmpty && absent([{ value, pending, ...(problem && { problem }) }], 'vitals_empty', name)
  return (
    <>
      {value.omitted !== undefined && value.omitted > 0 && (
        <Omitted organization={name} number={value.omitted} />
      )}
      {isEmpty && value.cut && (
        <Notice kind="failed">
          {t('vitals_unread', name)} {value.warning && sentence(value.warning, name)}
        </Notice>
      )}
      {nothing && <Notice kind="empty">{nothing}</Notice>}
    </>
  )
}
