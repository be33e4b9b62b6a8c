import type { TargetedKeyboardEvent } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Reading, VitalName } from '../messages/vitals.ts'
import { exactly } from '../ui/dates.ts'
import { Host, SourceDot } from '../ui/source.tsx'
import { decimals, listed, t } from '../ui/words.ts'
import type { DrawnChart } from './draw-chart.ts'
import type { Picture } from './pictures.ts'
import { halfOf, holdersOf, namesOf } from './point-words.ts'
import type { Point } from './timeline.ts'
import { vitalKinds } from './vital-kinds.ts'

interface Props {
  kind: VitalName
  /** At least one. */
  pictures: Picture[]
  /** All organizations' points that are drawn, newest first. */
  points: Point[]
  /** Whether to draw the guideline's band, which is for adults. */
  hasBand: boolean
  /** The content of the chart in words. */
  label: string
}

/** A chart to read point by point with the pointer or the arrow keys; the table behind it holds the same values. */
export const Chart = ({ kind, pictures, points, hasBand, label }: Props) => {
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<DrawnChart | undefined>(undefined)
  const [index, setIndex] = useState<number>()
  const hint = useId()

  useEffect(() => {
    let isMounted = true
    // Loads the library after the numbers are painted.
    const timer = setTimeout(async () => {
      const { drawChart } = await import('./draw-chart.ts')
      if (!isMounted || !box.current) return
      const onReading = (reading: Reading | undefined) => {
        // Where the pointer rests, a redrawn picture may slip away below it, which must not end reading by keyboard.
        if (!reading && box.current?.matches(':focus-visible')) return
        const index = reading ? points.findIndex(({ readings }) => readings.includes(reading)) : -1
        setIndex(index < 0 ? undefined : index)
      }
      chart.current = drawChart(box.current, { kind, pictures, hasBand, onReading })
      // If it has the keyboard focus when it is redrawn, the cursor goes back to the newest point.
      if (box.current.matches(':focus-visible')) select(0)
    })
    return () => {
      isMounted = false
      clearTimeout(timer)
      chart.current?.end()
      chart.current = undefined
      setIndex(undefined)
    }
  }, [kind, pictures, points, hasBand])

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
        class={vitalKinds[kind].parts.length > 0 ? 'chart tall' : 'chart'}
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
        <Legend kind={kind} pictures={pictures} hasBand={hasBand} hidden={point !== undefined} />
        <p class="readout" aria-live="polite">
          {point && readoutOf(point)}
        </p>
      </div>
    </>
  )
}

/** `24 Nov 2026, 07:12 · 128/82 mmHg · Riverside Clinic` */
const readoutOf = (point: Point): string => {
  const { reading, contradictedBy } = point
  return [
    exactly(reading.taken),
    `${decimals(reading.value)} ${reading.unit}`,
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
  hasBand,
  hidden,
}: Omit<Props, 'points' | 'label'> & { hidden: boolean }) => {
  const { parts, band } = vitalKinds[kind]
  return (
    <p class={hidden ? 'legend quiet away' : 'legend quiet'}>
      {pictures.map(({ source: { connectionId, name, host, hue } }) => (
        <span key={connectionId}>
          <SourceDot hue={hue} /> {name} <Host name={name} host={host} />
        </span>
      ))}
      {parts.length > 0 && (
        <span>
          <span class="bar" />{' '}
          {parts
            .map((part) => t(part))
            .toReversed()
            .join(' – ')}
        </span>
      )}
      {band && hasBand && (
        <span title={t(band.sentence)}>
          <span class="shade" /> {t(band.word)}
        </span>
      )}
    </p>
  )
}
