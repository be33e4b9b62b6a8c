import { useMemo } from 'preact/hooks'
import type { VitalName } from '../messages/vitals.ts'
import { day } from '../ui/dates.ts'
import { CautionMark } from '../ui/icons.tsx'
import { When } from '../ui/when.tsx'
import { count, decimals, listed, t } from '../ui/words.ts'
import { Chart } from './chart.tsx'
import { halfOf, holdersOf, namesOf } from './point-words.ts'
import { ReadingTable } from './reading-table.tsx'
import type { Span } from './span.ts'
import { isAhead, type Point, sourcesOf } from './timeline.ts'
import { type Trend, trendOf } from './trend.ts'
import { trendWords } from './trend-words.ts'
import { vitalKinds } from './vital-kinds.ts'

interface Props {
  kind: VitalName
  /** All points, newest first. */
  points: Point[]
  span: Span
  /** When the span begins. */
  begin: number
  isAdult: boolean
}

export const VitalCard = ({ kind, points, span, begin, isAdult }: Props) => {
  const { word, band } = vitalKinds[kind]
  const name = t(word)
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
        <Newest point={newest} trend={trendOf(kind, points)} kind={kind} />
      ) : (
        points.length === 0 && <p class="quiet small">{t('nothing_recorded')}</p>
      )}
      {newest && pastPoints.length === 0 && <p class="quiet small">{t('span_empty')}</p>}
      {chartPoints[0] && chartPoints.length > 1 && (
        <Chart
          kind={kind}
          points={chartPoints}
          begin={begin}
          hasBand={isAdult}
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
          {isAdult && band && <p class="quiet small">{t(band.sentence)}</p>}
          <ReadingTable name={name} points={inSpan} />
        </details>
      )}
    </div>
  )
}

const Newest = ({ point, trend, kind }: { point: Point; trend: Trend | undefined; kind: VitalName }) => {
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
      </p>
      {trend && <p class="quiet small">{trendWords(vitalKinds[kind], trend, sources)}</p>}
    </>
  )
}
