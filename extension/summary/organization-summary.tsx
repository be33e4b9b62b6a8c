import { shownIdentifiers } from '../messages/patients.ts'
import { type ListName, listNames } from '../messages/record-lists.ts'
import { allReadings } from '../messages/vitals.ts'
import { isRefused, RefusedParts } from '../record/lists/list-absence.tsx'
import { identifierWords } from '../record/person.ts'
import type { VitalsAt } from '../record/vitals/use-vitals.ts'
import { VitalsAbsence } from '../record/vitals/vitals-absence.tsx'
import { Skeleton } from '../ui/controls/skeleton.tsx'
import { exactly, lived } from '../ui/words/dates.ts'
import { Host } from '../ui/words/source-mark.tsx'
import { genderWords, t } from '../ui/words/words.ts'
import { ListSummary } from './list-summary.tsx'
import { VitalsSummary } from './vitals-summary.tsx'

/** The section that a doctor who does not know the person reads first. */
const FIRST: readonly ListName[] = ['allergies', 'conditions', 'medications']

interface Props {
  vitals: VitalsAt
  /** Shows personal numbers as well. */
  personal: boolean
  /** Why it gives nothing is said at the top of the page. */
  isAway: boolean
}

/** One organization's part of the summary, or why it is missing. */
export const OrganizationSummary = ({ vitals, personal, isAway }: Props) => {
  const { connection, value, pending } = vitals
  const { id, providerName, patient } = connection
  // The bare age of an empty copy would look like "none".
  const isMissing = value ? value.copyBecause && allReadings(value).length === 0 : isAway
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
      <RefusedParts connection={connection} names={listNames} withVitals />
      <div class="beside">{FIRST.map(listSummary)}</div>
      <div>
        {connection.can.readVitals && (
          <div class="list">
            <h3>{t('vital_signs')}</h3>
            <VitalsAbsence {...vitals} isAway={isAway} />
            {isMissing && (
              <p class="quiet small">{t('list_part_missing', t('vital_signs').toLocaleLowerCase())}</p>
            )}
            {pending && !value && <Skeleton bars={[24, 24, 24]} />}
            {value && !isMissing && (
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
      </div>
    </section>
  )
}
