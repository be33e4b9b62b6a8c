import type { Connection } from '../messages/state.ts'
import type { Reading, Vitals } from '../messages/vitals.ts'
import { Button } from '../ui/button.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { useAsked } from '../ui/use-asked.ts'
import { When } from '../ui/when.tsx'
import { t } from '../ui/words.ts'
import { ReadingTable } from './reading-table.tsx'

interface Props {
  connection: Connection
  patient: string
}

export const VitalSigns = ({ connection, patient }: Props) => (
  <section id="vital-signs" aria-labelledby="vital-signs-title" tabIndex={-1} class="stack">
    <h2 id="vital-signs-title" class="unseen">
      {t('vital_signs')}
    </h2>
    {connection.can.readVitals ? (
      <Measured connection={connection} patient={patient} />
    ) : (
      <Notice kind="refused">{t('vitals_not_allowed', connection.providerName)}</Notice>
    )}
  </section>
)

const Measured = ({ connection, patient }: Props) => {
  const {
    value,
    problem: failed,
    pending,
    again,
  } = useAsked('vitals', { connectionId: connection.id, patient })
  const problem = failed ?? value?.copyBecause
  const trouble = problem && !pending && (
    <ProblemNotice
      problem={problem}
      organization={connection.providerName}
      actions={<Button onClick={again}>{t('try_again')}</Button>}
    >
      {value && (
        <>
          {t('last_read')} <When at={value.readAt} as="lately" />.
        </>
      )}
    </ProblemNotice>
  )
  if (!value) return trouble || <Skeleton bars={[104, 24, 24, 24, 24]} />
  return (
    <>
      {trouble}
      <Found vitals={value} organization={connection.providerName} />
    </>
  )
}

const Found = ({ vitals, organization }: { vitals: Vitals; organization: string }) => {
  const { bloodPressure, weight, cut } = vitals
  if (bloodPressure.length + weight.length === 0)
    return <Notice kind="empty">{t('vitals_empty', organization)}</Notice>
  return (
    <>
      <div class="newest">
        <Newest name={t('blood_pressure')} reading={bloodPressure[0]} />
        <Newest name={t('weight')} reading={weight[0]} />
      </div>
      {bloodPressure.length > 0 && <ReadingTable name={t('blood_pressure')} readings={bloodPressure} />}
      {weight.length > 0 && <ReadingTable name={t('weight')} readings={weight} />}
      {cut && <p class="quiet small">{t('vitals_cut')}</p>}
    </>
  )
}

const Newest = ({ name, reading }: { name: string; reading: Reading | undefined }) => (
  <div class="card">
    <h3 class="quiet">{name}</h3>
    {reading ? (
      <>
        <p class="value">
          {reading.value} <span class="unit">{reading.unit}</span>
        </p>
        <p class="quiet small">
          <When at={reading.taken} />
        </p>
        <p class="quiet small">{reading.source}</p>
      </>
    ) : (
      <p class="quiet small">{t('nothing_recorded')}</p>
    )}
  </div>
)
