import { shownIdentifiers } from '../messages/patients.ts'
import { listNames } from '../messages/record-lists.ts'
import { allReadings, type Reading, vitalNames } from '../messages/vitals.ts'
import { timesOf } from '../record/point-words.ts'
import type { VitalsAt } from '../record/use-vitals.ts'
import { vitalKinds } from '../record/vital-kinds.ts'
import { Button } from '../ui/button.tsx'
import { day, exactly } from '../ui/dates.ts'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Host } from '../ui/source.tsx'
import { decimals, t } from '../ui/words.ts'
import { ListSummary } from './list-summary.tsx'

/** One organization's part of the summary, or the reason why it is missing; `personal` numbers only if they are ticked. */
export const OrganizationSummary = ({ vitals, personal }: { vitals: VitalsAt; personal: boolean }) => {
  const { connection, value, problem, pending, retry } = vitals
  const { id, providerName, patient } = connection
  const facts = [
    ...(patient ? (personal ? patient.identifiers : shownIdentifiers(patient)) : []).map(
      ({ label, value: number }) => `${label} ${number}`,
    ),
    ...(patient?.place ? [patient.place] : []),
  ]
  return (
    <section aria-labelledby={`at-${id}`}>
      <h2 id={`at-${id}`}>
        {providerName} <Host name={providerName} host={connection.host} />
      </h2>
      {facts.length > 0 && <p class="quiet small">{facts.join(' · ')}</p>}
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
          <p class="quiet small">
            {t('summary_read', exactly(value.readAt))}
            {value.cut && ` ${t('vitals_cut', providerName)}`}
          </p>
          {vitalNames.map((name) => (
            <Readings key={name} name={t(vitalKinds[name].word)} readings={value[name] ?? []} />
          ))}
        </>
      )}
      {listNames.map((name) => (
        <ListSummary key={name} name={name} record={vitals} />
      ))}
    </section>
  )
}

const Readings = ({ name, readings }: { name: string; readings: Reading[] }) => {
  if (readings.length === 0) return null
  const timeOf = timesOf(readings)
  return (
    <table>
      <caption>{name}</caption>
      <tbody>
        {readings.map((reading) => (
          <tr key={reading.id}>
            <th scope="row">
              {day(reading.taken)} {timeOf(reading)}
            </th>
            <td>
              {decimals(reading.value)} {reading.unit}
              {reading.recorded && <span class="quiet"> {t('recorded_as', decimals(reading.recorded))}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
