import { shownIdentifiers } from '../messages/patients.ts'
import { type ListName, listNames } from '../messages/record-lists.ts'
import { allReadings } from '../messages/vitals.ts'
import { identifierWords } from '../record/person.ts'
import type { VitalsAt } from '../record/use-vitals.ts'
import { Button } from '../ui/button.tsx'
import { exactly } from '../ui/dates.ts'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Host } from '../ui/source.tsx'
import { t } from '../ui/words.ts'
import { ListSummary } from './list-summary.tsx'
import { VitalsSummary } from './vitals-summary.tsx'

/** The section that a doctor who does not know the person reads first. */
const FIRST: readonly ListName[] = ['allergies', 'conditions', 'medications']

/** One organization's part of the summary, or why it is missing. Shows `personal` numbers only if the person ticks them. */
export const OrganizationSummary = ({ vitals, personal }: { vitals: VitalsAt; personal: boolean }) => {
  const { connection, value, problem, pending, retry } = vitals
  const { id, providerName, patient } = connection
  const facts = [
    ...(patient ? (personal ? patient.identifiers : shownIdentifiers(patient)) : []).map(identifierWords),
    ...(patient?.place ? [patient.place] : []),
  ]
  return (
    <section aria-labelledby={`at-${id}`}>
      <h2 id={`at-${id}`}>
        {providerName} <Host name={providerName} host={connection.host} />
      </h2>
      {facts.length > 0 && <p class="quiet small">{facts.join(' · ')}</p>}
      {FIRST.map((name) => (
        <ListSummary key={name} name={name} record={vitals} />
      ))}
      {!connection.can.readVitals && <Notice kind="refused">{t('vitals_not_allowed', providerName)}</Notice>}
      {problem && !pending && (
        <ProblemNotice
          problem={problem}
          organization={providerName}
          actions={<Button onClick={retry}>{t('try_again')}</Button>}
        />
      )}
      {value?.copyBecause && <ProblemNotice problem={value.copyBecause} organization={providerName} />}
      {pending && !value && <Skeleton bars={[24, 24, 24]} />}
      {value && allReadings(value).length === 0 && (
        <Notice kind="empty">{t('vitals_empty', providerName)}</Notice>
      )}
      {value && (
        <>
          <VitalsSummary vitals={value} />
          <p class="quiet small">
            {t('summary_read', exactly(value.readAt))}
            {value.cut && ` ${t('vitals_cut', providerName)}`}
          </p>
        </>
      )}
      {listNames.map(
        (name) => !FIRST.includes(name) && <ListSummary key={name} name={name} record={vitals} />,
      )}
    </section>
  )
}
