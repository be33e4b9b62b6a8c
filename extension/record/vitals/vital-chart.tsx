import type { TargetedKeyboardEvent } from 'preact'
import { useContext, useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import type { Reading, Units, VitalName } from '../../messages/vitals.ts'
import { CautionMark } from '../../ui/controls/icons.tsx'
import { day, exactly } from '../../ui/words/dates.ts'
import { Host, SourceDot } from '../../ui/words/source-mark.tsx'
import { count, listed, t } from '../../ui/words/words.ts'
import { type DrawnChart, drawChart } from './draw-chart.ts'
import { isCredible, pastPointsOf, readingsOf } from './own-points.ts'
import { type Picture, picturesOf } from './pictures.ts'
import type { Span } from './span.ts'
import type { Point } from './timeline.ts'
import { UnitsChoice } from './units.ts'
import { classOfChart, vitalKinds } from './vital-kinds.ts'
import { halfOf, holdersOf, namesOf, outlierWords, valueWords } from './vital-words.ts'

interface Props {
  kind: VitalName
  /** All organizations' points, newest first. */
  points: Point[]
  begin: number
  span: Span
  /** The connections whose patient is an adult: their pictures have the guideline's band. */
  adults: ReadonlySet<string>
}

/** The pictures of a kind, where an organization has enough readings, and the values that cannot be right. */
export const Chart = ({ kind, points, begin, span, adults }: Props) => {
  const units = useContext(UnitsChoice)
  const { pictures, outliers, newest } = useMemo(() => {
    const readings = readingsOf(points)
    const pictures = picturesOf(kind, readings, begin)
    return {
      pictures,
      outliers: pastPointsOf(readings, begin).filter((point) => !isCredible(kind, point)),
      newest: pictures.flatMap((picture) => picture.points).toSorted((a, b) => b.time - a.time)[0],
    }
  }, [kind, points, begin])
  const drawnPoints = useMemo(() => {
    const drawn = new Set(pictures.flatMap((each) => each.points.flatMap(({ readings }) => readings)))
    return points.filter(({ readings }) => readings.some((reading) => drawn.has(reading)))
  }, [points, pictures])
  return (
    <>
      {newest && (
        <Pictures
          kind={kind}
          pictures={pictures}
          points={drawnPoints}
          adults={adults}
          label={t(
            'chart_label',
            t(vitalKinds[kind].word),
            t(`span_${span}`),
            count('readings', drawnPoints.length),
            namesOf(pictures.map(({ source }) => source)),
            valueWords(newest.reading, units),
            day(newest.reading.taken),
          )}
        />
      )}
      {outliers.length > 0 && (
        <p class="caution small">
          <CautionMark />
          <span>{outlierWords(outliers)}</span>
        </p>
      )}
    </>
  )
}

interface PicturesProps {
  kind: VitalName
  pictures: Picture[]
  /** All organizations' points that are drawn, newest first. */
  points: Point[]
  adults: ReadonlySet<string>
  /** The content of the pictures in words. */
  label: string
}

/** Pictures to read point by point with the pointer or the arrow keys; the table behind them holds the same values. */
const Pictures = ({ kind, pictures, points, adults, label }: PicturesProps) => {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<DrawnChart | undefined>(undefined)
  const [index, setIndex] = useState<number>()
  const hint = useId()
  const units = useContext(UnitsChoice)

  useEffect(() => {
    // Each kind in a task of its own, because drawing all of them at once would take long.
    const timer = setTimeout(() => {
      if (!box.current) return
      const onReading = (reading: Reading | undefined) => {
        // Where the pointer rests, a redrawn picture may slip away below it, which must not end reading by keyboard.
        if (!reading && box.current?.matches(':focus-visible')) return
        const index = reading ? points.findIndex(({ readings }) => readings.includes(reading)) : -1
        setIndex(index < 0 ? undefined : index)
      }
      chart.current = drawChart(box.current, { kind, pictures, units, adults, onReading })
      // If it has the keyboard focus when it is redrawn, the cursor goes back to the newest point.
      if (box.current.matches(':focus-visible')) select(0)
    })
    return () => {
      clearTimeout(timer)
      chart.current?.end()
      chart.current = undefined
      setIndex(undefined)
    }
  }, [kind, pictures, points, units, adults])

  const select = (index: number | undefined) => {
    const inside = index === undefined ? undefined : Math.min(Math.max(index, 0), points.length - 1)
    chart.current?.mark((inside === undefined ? undefined : points[inside]?.readings) ?? [])
    setIndex(inside)
  }
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const next: Record<string, number | undefined> = {
      ArrowLeft: (index ?? -1) + 1,
      ArrowRight: (index ?? 1) - 1,
      Home: points.length - 1,
      End: 0,
    }
    if (event.key === 'Escape' && index !== undefined) select(undefined)
    else if (event.key in next) select(next[event.key])
    else return
    event.preventDefault()
  }

  const point = index === undefined ? undefined : points[index]
  return (
    <>
      <div
        ref={box}
        class={classOfChart(kind)}
        role="img"
        aria-label={label}
        aria-describedby={hint}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read it point by point.
        tabIndex={0}
        onFocus={({ currentTarget }) => currentTarget.matches(':focus-visible') && select(0)}
        onBlur={() => select(undefined)}
        onKeyDown={onKeyDown}
      />
      <p id={hint} hidden>
        {t('chart_hint')}
      </p>
      <div class="under small">
        <Legend kind={kind} pictures={pictures} adults={adults} hidden={point !== undefined} />
        <p class="readout" aria-live="polite">
          {point && readoutOf(point, units)}
        </p>
      </div>
    </>
  )
}

/** `24 Nov 2026, 07:12 · 128/82 mmHg · Riverside Clinic` */
const readoutOf = (point: Point, units: Units): string => {
  const { reading, contradictedBy } = point
  return [
    exactly(reading.taken),
    valueWords(reading, units),
    halfOf(reading),
    listed(holdersOf(point)),
    contradictedBy.length > 0 && t('differs_from', namesOf(contradictedBy)),
  ]
    .filter(Boolean)
    .join(' · ')
}

const Legend = ({
  kind,
  pictures,
  adults,
  hidden,
}: Omit<PicturesProps, 'points' | 'label'> & { hidden: boolean }) => {
  const { band } = vitalKinds[kind]
  return (
    <p class={hidden ? 'legend quiet away' : 'legend quiet'}>
      {pictures.map(({ source: { connectionId, name, host, hue } }) => (
        <span key={connectionId}>
          <SourceDot hue={hue} /> {name} <Host name={name} host={host} />
        </span>
      ))}
      <span>
        <span class="median" /> {t('median_line')}
      </span>
      <span>
        <span class="legend-band" /> {t('median_spread')}
      </span>
      {band && pictures.some(({ source }) => adults.has(source.connectionId)) && (
        <span title={t(band.sentence)}>
          <span class="shade" /> {t(band.word)}
        </span>
      )}
    </p>
  )
}
