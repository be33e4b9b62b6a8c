import type { TargetedKeyboardEvent } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { exactly } from '../ui/dates.ts'
import { Host, SourceDot } from '../ui/source.tsx'
import { decimals, listed, t } from '../ui/words.ts'
import type { DrawnChart } from './draw-chart.ts'
import { halfOf, holdersOf, namesOf } from './point-words.ts'
import { type Point, sourcesOf } from './timeline.ts'
import type { Kind } from './trend.ts'

interface Props {
  kind: Kind
  /** Newest first; at least one. */
  points: Point[]
  begin: number
  /** The content of the chart in words. */
  label: string
}

/** A chart to read point by point with the pointer or the arrow keys; the table behind it holds the same values. */
export const Chart = ({ kind, points, begin, label }: Props) => {
  const box = useRef<HTMLDivElement>(null)
  const drawn = useRef<DrawnChart | undefined>(undefined)
  const [at, setAt] = useState<number>()
  const hint = useId()

  useEffect(() => {
    let wanted = true
    // Loads the library after the numbers are painted.
    const soon = setTimeout(async () => {
      const { drawChart } = await import('./draw-chart.ts')
      if (!wanted || !box.current) return
      drawn.current = drawChart(box.current, { kind, points, begin, onPoint: setAt })
      // Drawn again while somebody reads it by the keyboard: the new newest point is theirs.
      if (box.current.matches(':focus-visible')) read(0)
    })
    return () => {
      wanted = false
      clearTimeout(soon)
      drawn.current?.end()
      drawn.current = undefined
      setAt(undefined)
    }
  }, [kind, points, begin])

  const read = (index: number | undefined) => {
    const inside = index === undefined ? undefined : Math.min(Math.max(index, 0), points.length - 1)
    drawn.current?.mark(inside)
    setAt(inside)
  }
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const next: Record<string, number | undefined> = {
      ArrowLeft: (at ?? -1) + 1,
      ArrowRight: (at ?? 1) - 1,
      Home: points.length - 1,
      End: 0,
    }
    if (event.key === 'Escape' && at !== undefined) read(undefined)
    else if (event.key in next) read(next[event.key])
    else return
    event.preventDefault()
  }

  const point = at === undefined ? undefined : points[at]
  return (
    <>
      <div
        ref={box}
        class="chart"
        role="img"
        aria-label={label}
        aria-describedby={hint}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read it point by point.
        tabIndex={0}
        onFocus={({ currentTarget }) => currentTarget.matches(':focus-visible') && read(0)}
        onBlur={() => read(undefined)}
        onKeyDown={onKeyDown}
      />
      <p id={hint} hidden>
        {t('chart_hint')}
      </p>
      <div class="under small">
        <Legend kind={kind} points={points} hidden={point !== undefined} />
        <p class="readout" aria-live="polite">
          {point && readoutOf(point)}
        </p>
      </div>
    </>
  )
}

/** `24 Nov 2026, 07:12 · 128/82 mmHg · Riverside Clinic` */
const readoutOf = (point: Point): string => {
  const { reading, against } = point
  return [
    exactly(reading.taken),
    `${decimals(reading.value)} ${reading.unit}`,
    halfOf(reading),
    listed(holdersOf(point)),
    against.length > 0 && t('differs_from', namesOf(against)),
  ]
    .filter(Boolean)
    .join(' · ')
}

const Legend = ({ kind, points, hidden }: Pick<Props, 'kind' | 'points'> & { hidden: boolean }) => {
  const sources = sourcesOf(points.flatMap(({ readings }) => readings))
  return (
    <p class={hidden ? 'legend quiet away' : 'legend quiet'}>
      {sources.map(({ connectionId, name, host, hue }) => (
        <span key={connectionId}>
          <SourceDot hue={hue} /> {name} <Host name={name} host={host} />
        </span>
      ))}
      {kind === 'blood-pressure' && (
        <>
          <span>
            <span class="line" /> {t('systolic')}
          </span>
          <span>
            <span class="line dashed" /> {t('diastolic')}
          </span>
        </>
      )}
    </p>
  )
}
