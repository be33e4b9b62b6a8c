import { useMemo } from 'preact/hooks'
import type { VitalName } from '../../messages/vitals.ts'
import { CautionMark } from '../../ui/controls/icons.tsx'
import { useLater } from '../../ui/controls/skeleton.tsx'
import { absent, type SoFar } from '../../ui/words/absent.ts'
import { When } from '../../ui/words/when.tsx'
import { count, decimals, listed, t } from '../../ui/words/words.ts'
import { inSpanOf, newestOf, readingsOf } from './own-points.ts'
import type { Span } from './span.ts'
import { type Point, sourcesOf } from './timeline.ts'
import { type Trend, trendsOf } from './trend.ts'
import { classOfChart, vitalKinds } from './vital-kinds.ts'
import { halfOf, holdersOf, trendWords } from './vital-words.ts'

interface Props {
  kind: VitalName
  /** All points, newest first. */
  points: Point[]
  /** The answers of all organizations that it could show points of. */
  answers: readonly SoFar[]
  span: Span
  /** When the span begins. */
  begin: number
  /** The connections whose patient is an adult. */
  adults: ReadonlySet<string>
}

export const VitalCard = ({ kind, points, answers, span, begin, adults }: Props) => {
  const { word, band } = vitalKinds[kind]
  const name = t(word)
  const readings = useMemo(() => readingsOf(points), [points])
  const { all: inSpan, past, ahead } = useMemo(() => inSpanOf(points, begin), [points, begin])
  const later = useLater(() => import('./below-the-value.ts'))
  const uncharted = past.filter(({ reading }) => reading.amounts.length === 0).length
  const newest = useMemo(() => newestOf(kind, points), [kind, points])
  const trends = useMemo(() => trendsOf(kind, readings), [kind, readings])
  const disagreements = inSpan.filter(({ contradictedBy }) => contradictedBy.length > 0).length
  const nothing = points.length === 0 && absent(answers, 'nothing_recorded')
  const nothingInSpan = newest && past.length === 0 && absent(answers, 'span_empty')
  if (points.length === 0 && !nothing) return null
  return (
    <div class="card vital">
      <h3 class="quiet">{name}</h3>
      {newest && <Newest point={newest} trends={trends} kind={kind} />}
      {(nothing || nothingInSpan) && <p class="quiet small">{nothing || nothingInSpan}</p>}
      {later ? (
        <later.Chart kind={kind} points={points} begin={begin} span={span} adults={adults} />
      ) : (
        past.length > 1 && <div class={classOfChart(kind)} />
      )}
      {disagreements > 0 && (
        <p class="caution small">
          <CautionMark />
          <span>{count('disagreements', disagreements)}</span>
        </p>
      )}
      {uncharted > 0 && <p class="quiet small">{count('uncharted', uncharted)}</p>}
      {ahead.length > 0 && (
        <p class="caution small">
          <CautionMark />
          <span>{count('ahead', ahead.length)}</span>
        </p>
      )}
      {inSpan.length > 0 && (
        <details>
          <summary>
            {t('show_as_table')}
            <span class="unseen">: {name}</span>
          </summary>
          {band && sourcesOf(readings).some(({ connectionId }) => adults.has(connectionId)) && (
            <p class="quiet small">{t(band.sentence)}</p>
          )}
          {later && <later.ReadingTable name={name} points={inSpan} />}
        </details>
      )}
    </div>
  )
}

const Newest = ({ point, trends, kind }: { point: Point; trends: Trend[]; kind: VitalName }) => {
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
      {trends.map((trend) => (
        <p key={trend.source.connectionId} class="quiet small">
          {trendWords(vitalKinds[kind], trend, sources)}
        </p>
      ))}
    </>
  )
}
