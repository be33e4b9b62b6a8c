import { useContext, useMemo } from 'preact/hooks'
import type { Source, VitalName } from '../../messages/vitals.ts'
import { Chevron } from '../../ui/controls/icons.tsx'
import { absent, type SoFar } from '../../ui/words/absent.ts'
import { type MarkState, SourceDot, SourceDots } from '../../ui/words/source-mark.tsx'
import { lately, When } from '../../ui/words/when.tsx'
import { decimals, listed, t } from '../../ui/words/words.ts'
import { holdersOfKind } from './missing-lines.tsx'
import { newestOf, readingsOf } from './own-points.ts'
import { type Picture, picturesOf, spreadsOf } from './pictures.ts'
import { beginOf } from './span.ts'
import { type Point, sourcesOf } from './timeline.ts'
import { trendsOf } from './trend.ts'
import { UnitsChoice, valueIn } from './units.ts'
import type { VitalsAt } from './use-vitals.ts'
import { vitalKinds } from './vital-kinds.ts'
import { halfOf, holdersOf, namesOf, trendInShort } from './vital-words.ts'

interface Props {
  kind: VitalName
  /** All organizations' points, newest first. */
  points: Point[]
  /** The answers of all organizations that it could show points of. */
  answers: readonly SoFar[]
  /** The organizations that have not answered, named above the rows if `isLong`. */
  missing: readonly VitalsAt[]
  isLong: boolean
  onOpen: (kind: VitalName) => void
}

/**
 * The newest value of a kind, with how its own organization's readings changed. Neither trend nor line is shown of a kind that a missing
 * organization could hold: half the readings would make another one.
 */
export const VitalRow = ({ kind, points, answers, missing, isLong, onOpen }: Props) => {
  const name = t(vitalKinds[kind].word)
  const units = useContext(UnitsChoice)
  const { newest, isAlone, trend, picture } = useMemo(() => newsOf(kind, points), [kind, points])
  if (points.length === 0) {
    const nothing = absent(answers, 'nothing_recorded')
    return nothing ? (
      <p class="vital small quiet">
        <b>{name}</b> {nothing}
      </p>
    ) : null
  }
  const away = holdersOfKind(kind, missing)
  const isWhole = away.length === 0
  const remarks = newest && [
    halfOf(newest.reading),
    newest.contradictedBy.length > 0 && t('differs_from', namesOf(newest.contradictedBy)),
    isWhole && trend && trendInShort(vitalKinds[kind], trend, units, isAlone),
  ]
  const words = remarks?.filter(Boolean).join(' · ')
  const shown = newest && valueIn(units, newest.reading)
  return (
    <button type="button" class="vital" onClick={() => onOpen(kind)}>
      {/* In the order in which it is read aloud; the date stands beside the kind. */}
      <span>
        <b class="small quiet">{name}</b>{' '}
        {newest && shown && (
          <>
            <span class="value">
              {decimals(shown.value)} <span class="unit">{shown.unit}</span>
            </span>{' '}
            <span class="small quiet">
              <SourceDots sources={newest.sources} stateOf={(id) => stateOf(missing, id)} />
              <When at={newest.reading.taken} />
              <span class="unseen">, {listed(holdersOf(newest))}</span>
            </span>{' '}
            {words && <span class="small words">{words}</span>}
          </>
        )}
      </span>{' '}
      {isWhole ? (
        picture && <SmallLine kind={kind} picture={picture} />
      ) : (
        <span class="small quiet">{ageOf(away, isLong)}</span>
      )}
      <Chevron />
    </button>
  )
}

/** Everything but the newest value is of the organization that holds it, so that no other can change it. */
const newsOf = (kind: VitalName, points: Point[]) => {
  const readings = readingsOf(points)
  const newest = newestOf(kind, points)
  if (!newest) return {}
  const isOwn = ({ connectionId }: Source) => connectionId === newest.reading.source.connectionId
  const own = readings.filter(({ source }) => isOwn(source))
  const [trend] = trendsOf(kind, own)
  const [picture] = picturesOf(kind, own, beginOf('12_months'))
  return { newest, trend, picture, isAlone: sourcesOf(readings).length === 1 }
}

const stateOf = (missing: readonly VitalsAt[], connectionId: string): MarkState => {
  const its = missing.find(({ connection }) => connection.id === connectionId)
  return its ? (its.pending ? 'half' : 'empty') : 'full'
}

/** `As of 11:02`, or `without Withings` if nothing of it is shown. */
const ageOf = (away: readonly VitalsAt[], isLong: boolean): string | undefined => {
  const unread = away.filter(({ value }) => !value)
  if (unread.length === 0)
    return t('as_of', lately(Math.min(...away.flatMap(({ value }) => value?.readAt ?? []))))
  const isSaid = isLong || unread.some(({ pending }) => !pending)
  return isSaid ? t('without', listed(unread.map(({ connection }) => connection.providerName))) : undefined
}

/** The size of a line's drawing, with room for half a mark above and below. */
const WIDTH = 100
const HEIGHT = 36
const ROOM = 5

/** The 30-day median of the last 12 months. It tells nothing that is not beside it in words. */
export const SmallLine = ({ kind, picture }: { kind: VitalName; picture: Picture }) => {
  const lines = useMemo(() => smallLinesOf(kind, picture), [kind, picture])
  return (
    <span class="small-line">
      <svg aria-hidden="true" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
        {lines.map(({ path }, part) => (
          <path key={part} d={path} />
        ))}
      </svg>
      {lines.map(({ end }, part) => (
        <span key={part} style={`top:${end}px`}>
          <SourceDot hue={picture.source.hue} />
        </span>
      ))}
    </span>
  )
}

/**
 * Returns the 30-day median of each part, as an SVG path and the height at which it ends. It spans at least the kind's `lineRange`, so
 * that what is steady looks steady, and has a point for each pixel at most.
 */
export const smallLinesOf = (kind: VitalName, picture: Picture): { path: string; end: number }[] => {
  const { parts, lineRange } = vitalKinds[kind]
  const lines = [...(parts.length > 0 ? parts : [kind])]
    .map((_, part) => spreadsOf(picture, part))
    .filter((line) => line.length > 0)
  const medians = lines.flatMap((line) => line.map(({ median }) => median))
  const [low, high] = [Math.min(...medians), Math.max(...medians)]
  const range = Math.max(high - low, lineRange)
  const top = (high + low + range) / 2
  const from = picture.x[0]
  const to = (picture.points[0]?.time ?? 0) / 1000
  const yOf = (number: number) =>
    Math.round((ROOM + ((top - number) / range) * (HEIGHT - 2 * ROOM)) * 10) / 10
  return lines.map((line) => {
    const heights = new Map(
      line.map(({ time, median }) => [Math.round(((time - from) / (to - from)) * WIDTH), yOf(median)]),
    )
    return {
      path: `M${[...heights].map(([x, y]) => `${x} ${y}`).join('L')}`,
      end: yOf(line.at(-1)?.median ?? 0),
    }
  })
}
