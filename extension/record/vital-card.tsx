import { useMemo } from 'preact/hooks'
import { day, month } from '../ui/dates.ts'
import { CautionMark } from '../ui/icons.tsx'
import { When } from '../ui/when.tsx'
import { count, decimals, language, listed, t } from '../ui/words.ts'
import { Chart } from './chart.tsx'
import { halfOf, holdersOf, namesOf } from './point-words.ts'
import { ReadingTable } from './reading-table.tsx'
import type { Span } from './span.ts'
import { isAhead, type Point, sourcesOf } from './timeline.ts'
import { type Kind, type Trend, trendOf } from './trend.ts'

interface Props {
  kind: Kind
  /** All points, newest first. */
  points: Point[]
  span: Span
  /** When the span begins. */
  begin: number
}

export const VitalCard = ({ kind, points, span, begin }: Props) => {
  const name = t(kind === 'weight' ? 'weight' : 'blood_pressure')
  const inSpan = useMemo(() => points.filter(({ time }) => time >= begin), [points, begin])
  const pastPoints = useMemo(() => inSpan.filter((point) => !isAhead(point)), [inSpan])
  const chartPoints = useMemo(
    () => pastPoints.filter(({ reading }) => reading.amounts.length > 0),
    [pastPoints],
  )
  const newest = points.find((point) => !isAhead(point))
  const aheadCount = inSpan.length - pastPoints.length
  const disagreements = inSpan.filter(({ contradictedBy }) => contradictedBy.length > 0).length
  return (
    <div class="card vital">
      <h3 class="quiet">{name}</h3>
      {newest ? (
        <Newest point={newest} trend={trendOf(kind, pastPoints)} kind={kind} />
      ) : (
        points.length === 0 && <p class="quiet small">{t('nothing_recorded')}</p>
      )}
      {newest && pastPoints.length === 0 && <p class="quiet small">{t('span_empty')}</p>}
      {chartPoints[0] && (
        <Chart
          kind={kind}
          points={chartPoints}
          begin={begin}
          label={t(
            'chart_label',
            name,
            t(`span_${span}`),
            count('readings', chartPoints.length),
            namesOf(sourcesOf(chartPoints.flatMap(({ readings }) => readings))),
            `${decimals(chartPoints[0].reading.value)} ${chartPoints[0].reading.unit}`,
            day(chartPoints[0].reading.taken),
          )}
        />
      )}
      {disagreements > 0 && (
        <p class="caution small">
          <CautionMark />
          <span>{count('disagreements', disagreements)}</span>
        </p>
      )}
      {pastPoints.length > chartPoints.length && (
        <p class="quiet small">{count('uncharted', pastPoints.length - chartPoints.length)}</p>
      )}
      {aheadCount > 0 && (
        <p class="caution small">
          <CautionMark />
          <span>{count('ahead', aheadCount)}</span>
        </p>
      )}
      {inSpan.length > 0 && (
        <details>
          <summary>
            {t('show_as_table')}
            <span class="unseen">: {name}</span>
          </summary>
          <ReadingTable name={name} points={inSpan} />
        </details>
      )}
    </div>
  )
}

const Newest = ({ point, trend, kind }: { point: Point; trend: Trend | undefined; kind: Kind }) => {
  const { reading, sources } = point
  const half = halfOf(reading)
  return (
    <>
      <p class="value">
        {decimals(reading.value)} <span class="unit">{reading.unit}</span>
      </p>
      <p class="quiet small">
        <When at={reading.taken} /> · {listed(holdersOf(point))}
        {half && ` · ${half}`}
        {reading.recorded && sources.length === 1 && ` · ${t('recorded_as', decimals(reading.recorded))}`}
        {trend && ` · ${trendWords(kind, trend)}`}
      </p>
    </>
  )
}

const trendWords = (kind: Kind, { earlier, changes }: Trend): string => {
  const when = month(earlier.reading.taken)
  if (changes.length === 0) return t('trend_steady', when)
  const phrases = (['trend_more', 'trend_less'] as const).flatMap((word) => {
    const some = changes.filter(({ by }) => by > 0 === (word === 'trend_more'))
    return some.length > 0 ? t(word, listed(some.map((change) => amountWords(kind, change))), when) : []
  })
  return phrases.join(', ')
}

const amountWords = (kind: Kind, { part, by }: Trend['changes'][number]): string => {
  const decimals = kind === 'weight' ? 1 : 0
  const amount = new Intl.NumberFormat(language(), { maximumFractionDigits: decimals }).format(Math.abs(by))
  return kind === 'weight' ? `${amount} kg` : `${t(part === 0 ? 'systolic' : 'diastolic')} ${amount} mmHg`
}
