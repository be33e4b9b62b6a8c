import { useContext, useMemo } from 'preact/hooks'
import type { VitalName } from '../../messages/vitals.ts'
import { CautionMark } from '../../ui/controls/icons.tsx'
import { absent, type SoFar } from '../../ui/words/absent.ts'
import { exactly } from '../../ui/words/dates.ts'
import { SourceDots } from '../../ui/words/source-mark.tsx'
import { count, decimals, listed, t } from '../../ui/words/words.ts'
import { inSpanOf, newestOf, readingsOf } from './own-points.ts'
import { ReadingTable } from './reading-table.tsx'
import { beginOf, SPANS, type Span, useSpan } from './span.ts'
import { type Point, sourcesOf } from './timeline.ts'
import { type Trend, trendsOf } from './trend.ts'
import { recordedBeside, UnitsChoice, valueIn } from './units.ts'
import { Chart } from './vital-chart.tsx'
import { vitalKinds } from './vital-kinds.ts'
import { halfOf, holdersOf, trendWords } from './vital-words.ts'

interface Props {
  kind: VitalName
  /** All points, newest first. */
  points: Point[]
  /** The answers of all organizations that it could show points of. */
  answers: readonly SoFar[]
  /** No organization that could hold readings of this kind is missing. */
  isWhole: boolean
  /** The connections whose patient is an adult. */
  adults: ReadonlySet<string>
}

/** All readings of a kind: the newest, the pictures and the table. */
export const VitalDetail = ({ kind, points, answers, isWhole, adults }: Props) => {
  const { word, band } = vitalKinds[kind]
  const [span, choose] = useSpan()
  const begin = useMemo(() => beginOf(span), [span])
  const readings = useMemo(() => readingsOf(points), [points])
  const { all: inSpan, past, ahead } = useMemo(() => inSpanOf(points, begin), [points, begin])
  const uncharted = past.filter(({ reading }) => reading.amounts.length === 0).length
  const newest = useMemo(() => newestOf(kind, points), [kind, points])
  const trends = useMemo(() => trendsOf(kind, readings), [kind, readings])
  const disagreements = inSpan.filter(({ contradictedBy }) => contradictedBy.length > 0).length
  const nothing =
    points.length === 0
      ? absent(answers, 'nothing_recorded')
      : newest && past.length === 0 && absent(answers, 'span_empty')
  return (
    <div class="detail">
      {newest && <Newest point={newest} trends={isWhole ? trends : []} kind={kind} />}
      <SpanChoice span={span} onChoose={choose} />
      {nothing && <p class="quiet small">{nothing}</p>}
      <Chart kind={kind} points={points} begin={begin} span={span} adults={adults} />
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
      {band && sourcesOf(readings).some(({ connectionId }) => adults.has(connectionId)) && (
        <p class="quiet small">{t(band.sentence)}</p>
      )}
      {inSpan.length > 0 && <ReadingTable name={t(word)} points={inSpan} />}
    </div>
  )
}

const Newest = ({ point, trends, kind }: { point: Point; trends: Trend[]; kind: VitalName }) => {
  const { reading, sources } = point
  const half = halfOf(reading)
  const units = useContext(UnitsChoice)
  const shown = valueIn(units, reading)
  const recorded = recordedBeside(shown, reading)
  return (
    <>
      <p class="value">
        {decimals(shown.value)} <span class="unit">{shown.unit}</span>
      </p>
      <p class="quiet small">
        <SourceDots sources={sources} /> {exactly(reading.taken)} · {listed(holdersOf(point))}
        {half && ` · ${half}`}
        {recorded && sources.length === 1 && ` · ${t('recorded_as', decimals(recorded))}`}
      </p>
      {trends.map((trend) => (
        <p key={trend.source.connectionId}>{trendWords(vitalKinds[kind], trend, units, sources)}</p>
      ))}
    </>
  )
}

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
