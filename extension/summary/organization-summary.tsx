import { shownIdentifiers } from '../messages/patients.ts'
import { type ListName, listNames, lists } from '../messages/record-lists.ts'
import type { Connection } from '../messages/state.ts'
import { allReadings } from '../messages/vitals.ts'
import { StoppedSharing } from '../record/absence.tsx'
import { identifierWords } from '../record/person.ts'
import type { VitalsAt } from '../record/vitals/use-vitals.ts'
import { VitalsAbsence } from '../record/vitals/vitals-absence.tsx'
import { Notice } from '../ui/controls/notice.tsx'
import { Skeleton } from '../ui/controls/skeleton.tsx'
import { exactly, lived } from '../ui/words/dates.ts'
import { Host } from '../ui/words/source-mark.tsx'
import { genderWords, listed, t } from '../ui/words/words.ts'
import { ListSummary } from './list-summary.tsx'
import { VitalsSummary } from './vitals-summary.tsx'

/** The section that a doctor who does not know the person reads first. */
const FIRST: readonly ListName[] = ['allergies', 'conditions', 'medications']

interface Props {
  vitals: VitalsAt
  /** Shows personal numbers as well. */
  personal: boolean
  /** That it cannot be reached is said at the top of the page. */
  isAway: boolean
}

/** One organization's part of the summary, or why it is missing. */
export const OrganizationSummary = ({ vitals, personal, isAway }: Props) => {
  const { connection, value, pending } = vitals
  const { id, providerName, patient } = connection
  const facts = [
    patient?.gender && genderWords(patient.gender),
    patient && lived(patient),
    ...(patient ? (personal ? patient.identifiers : shownIdentifiers(patient)) : []).map(identifierWords),
    patient?.place,
  ].filter(Boolean)
  const listSummary = (name: ListName) =>
    !isRefused(connection, name) && <ListSummary key={name} name={name} record={vitals} isAway={isAway} />
  return (
    <section aria-labelledby={`at-${id}`}>
      <h2 id={`at-${id}`}>
        {providerName} <Host name={providerName} host={connection.host} />
      </h2>
      {facts.length > 0 && <p class="quiet small">{facts.join(' · ')}</p>}
      <RefusedParts connection={connection} />
      {FIRST.map(listSummary)}
      {connection.can.readVitals && (value || !isAway) && (
        <div class="list">
          <h3>{t('vital_signs')}</h3>
          {!isAway && <VitalsAbsence {...vitals} />}
          {pending && !value && <Skeleton bars={[24, 24, 24]} />}
          {value && (
            <>
              <VitalsSummary vitals={value} />
              <p class="quiet small">
                {t('summary_read', exactly(value.readAt))}
                {value.cut && allReadings(value).length > 0 && ` ${t('vitals_cut', providerName)}`}
              </p>
            </>
          )}
        </div>
      )}
      {listNames.filter((name) => !FIRST.includes(name)).map(listSummary)}
    </section>
  )
}

/** Checks whether the grant allows nothing of a list, so that the list itself has nothing to show. */
const isRefused = ({ can }: Connection, name: ListName): boolean =>
  lists[name].every((type) => !can.readLists.includes(type))

/** Names what the grant does not allow in one sentence, because a notice for each list would fill the page. */
const RefusedParts = ({ connection }: { connection: Connection }) => {
  const { can, stopped, providerName } = connection
  const parts = [
    ...(can.readVitals ? [] : [{ word: 'vital_signs' as const, isStopped: stopped?.readVitals }]),
    ...listNames
      .filter((name) => isRefused(connection, name))
      .map((name) => ({
        word: `list_${name}` as const,
        isStopped: lists[name].some((type) => stopped?.readLists.includes(type)),
      })),
  ]
  const named = (group: typeof parts) => listed(group.map(({ word }) => t(word).toLocaleLowerCase()))
  const stoppedParts = parts.filter(({ isStopped }) => isStopped)
  const others = parts.filter(({ isStopped }) => !isStopped)
  return (
    <>
      {stoppedParts.length > 0 && <StoppedSharing connection={connection} what={named(stoppedParts)} />}
      {others.length > 0 && (
        <Notice kind="refused">{t('list_not_allowed', named(others), providerName)}</Notice>
      )}
    </>
  )
}
