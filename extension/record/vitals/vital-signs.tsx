import { useMemo } from 'preact/hooks'
import { allReadings, type VitalName, vitalNames } from '../../messages/vitals.ts'
import { Skeleton } from '../../ui/controls/skeleton.tsx'
import { age } from '../../ui/words/dates.ts'
import { remarkWords } from '../../ui/words/outside-words.ts'
import { sentence } from '../../ui/words/problem.ts'
import { t } from '../../ui/words/words.ts'
import { isOutOfReach, OutOfReach, type OutOfReachPart } from '../absence.tsx'
import { beginOf, SPANS, type Span, useSpan } from './span.ts'
import { timelineOf } from './timeline.ts'
import { type RecordAt, useVitals, type VitalsAt } from './use-vitals.ts'
import { VitalCard } from './vital-card.tsx'
import { VitalsAbsence } from './vitals-absence.tsx'

/** One person's readings at all organizations, as one timeline. */
export const VitalSigns = ({ records }: { records: RecordAt[] }) => {
  const vitals = useVitals(records)
  const away = vitals.flatMap((each) => outOfReach(each) ?? [])
  return (
    <section id="vital-signs" aria-labelledby="vital-signs-title" tabIndex={-1} class="stack">
      <h2 id="vital-signs-title" class="unseen">
        {t('vital_signs')}
      </h2>
      {away.length > 1 && <OutOfReach parts={away} />}
      {vitals
        .filter((each) => away.length < 2 || !outOfReach(each))
        .map((each) => (
          <VitalsAbsence key={each.connection.id} {...each} />
        ))}
      <Timeline vitals={vitals} />
    </section>
  )
}

/** Returns an organization's part of the line about those that cannot be reached; undefined if it is not one of them. */
const outOfReach = (vitals: VitalsAt): OutOfReachPart | undefined => {
  const { connection, value, problem = value?.copyBecause, pending, retry } = vitals
  return problem && !pending && isOutOfReach(problem)
    ? { connection, problem, retry, ...(value && { readAt: value.readAt }) }
    : undefined
}

/** The kinds whose absence is worth saying. */
const alwaysShown: ReadonlySet<VitalName> = new Set(['bloodPressure', 'weight'])

const Timeline = ({ vitals }: { vitals: VitalsAt[] }) => {
  const [span, choose] = useSpan()
  const values = vitals.flatMap(({ value }) => value ?? [])
  const answers = values.map(({ readAt }) => readAt).join()
  const ids = vitals.map(({ connection }) => connection.id).join()
  const { timelines, begin } = useMemo(
    () => ({
      timelines: vitalNames.map((kind) => ({
        kind,
        points: timelineOf(values.flatMap((value) => value[kind] ?? [])),
      })),
      begin: beginOf(span),
    }),
    [answers, ids, span],
  )
  const bornOn = vitals.map(
    ({ connection, value }) => `${connection.patient?.birthDate} ${value?.patient.birthDate}`,
  )
  const adults = useMemo(() => adultsOf(vitals), [answers, ids, bornOn.join()])
  const waiting = vitals.filter(({ value, pending }) => pending && !value)
  if (timelines.every(({ points }) => points.length === 0))
    return (
      <>
        {waiting.length > 0 && <Skeleton bars={[32, 236, 236]} />}
        <Remarks vitals={vitals} />
      </>
    )
  return (
    <>
      <SpanChoice span={span} onChoose={choose} />
      {timelines
        .filter(({ kind, points }) => points.length > 0 || alwaysShown.has(kind))
        .map((timeline) => (
          <VitalCard
            key={timeline.kind}
            {...timeline}
            answers={vitals}
            span={span}
            begin={begin}
            adults={adults}
          />
        ))}
      {waiting.map(({ connection }) => (
        <p key={connection.id} class="quiet small">
          {t('vitals_waiting', connection.providerName)}
        </p>
      ))}
      <Remarks vitals={vitals} />
      {vitals.map(
        ({ connection, value }) =>
          value?.cut &&
          allReadings(value).length > 0 && (
            <p key={connection.id} class="quiet small">
              {t('vitals_cut', connection.providerName)}{' '}
              {value.warning && sentence(value.warning, connection.providerName)}
            </p>
          ),
      )}
    </>
  )
}

/** What organizations say about their readings. */
const Remarks = ({ vitals }: { vitals: VitalsAt[] }) => (
  <>
    {vitals.map(
      ({ connection, value }) =>
        value?.remark !== undefined && (
          <p key={connection.id} class="quiet small">
            {remarkWords(connection.providerName, value.remark)}
          </p>
        ),
    )}
  </>
)

const SpanChoice = ({ span, onChoose }: { span: Span; onChoose: (span: Span) => void }) => (
  <fieldset class="spans">
    <legend class="unseen">{t('span')}</legend>
    {SPANS.map((each) => (
      <label key={each}>
        <input type="radio" name="span" checked={each === span} onChange={() => onChoose(each)} />
        <span>{t(`span_${each}`)}</span>
      </label>
    ))}
  </fieldset>
)

/**
 * Returns the ids of the connections whose own patient is an adult. The session says so, if it has a patient: not a copy, which may be
 * older than a correction, and never another organization.
 */
export const adultsOf = (
  vitals: readonly Pick<VitalsAt, 'connection' | 'patient' | 'value'>[],
): ReadonlySet<string> =>
  new Set(
    vitals.flatMap(({ connection, patient, value }) => {
      const { birthDate = '' } =
        (connection.patient?.id === patient ? connection.patient : value?.patient) ?? {}
      return (age(birthDate) ?? 0) >= 18 ? [connection.id] : []
    }),
  )
