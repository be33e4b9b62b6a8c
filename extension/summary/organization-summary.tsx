import { listNames } from '../messages/record-lists.ts'
import type { Reading } from '../messages/vitals.ts'
import type { VitalsAt } from '../record/use-vitals.ts'
import { Button } from '../ui/button.tsx'
import { day, exactly } from '../ui/dates.ts'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { Host } from '../ui/source.tsx'
import { decimals, t } from '../ui/words.ts'
import { ListSummary } from './list-summary.tsx'

/** One organization's part of the summary, or the reason why it is missing. */
export const OrganizationSummary = ({ vitals }: { vitals: VitalsAt }) => {
  const { connection, value, problem, pending, retry } = vitals
  const { id, providerName, patient } = connection
  const facts = [
    ...(patient?.identifiers ?? []).map(({ label, value: number }) => `${label} ${number}`),
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
      {value && value.bloodPressure.length + value.weight.length === 0 && (
        <Notice kind="empty">{t('vitals_empty', providerName)}</Notice>
      )}
      {value && (
        <>
          <p class="quiet small">
            {t('summary_read', exactly(value.readAt))}
            {value.cut && ` ${t('vitals_cut', providerName)}`}
          </p>
          <Readings name={t('blood_pressure')} readings={value.bloodPressure} />
          <Readings name={t('weight')} readings={value.weight} />
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
  return (
    <table>
      <caption>{name}</caption>
      <tbody>
        {readings.map(({ id, taken, value, unit, recorded }) => (
          <tr key={id}>
            <th scope="row">{day(taken)}</th>
            <td>
              {decimals(value)} {unit}
              {recorded && <span class="quiet"> {t('recorded_as', decimals(recorded))}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
