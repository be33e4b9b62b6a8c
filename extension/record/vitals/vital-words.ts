import type { Reading, Source, Units } from '../../messages/vitals.ts'
import { clock, day } from '../../ui/words/dates.ts'
import { decimals, language, listed, t } from '../../ui/words/words.ts'
import { isBare, type Point } from './timeline.ts'
import type { Trend } from './trend.ts'
import { differenceIn, unitIn, valueIn } from './units.ts'
import type { VitalKind } from './vital-kinds.ts'

/** `Riverside Clinic and Pulse Devices`, each once. */
export const namesOf = (sources: Source[]): string => listed([...new Set(sources.map(({ name }) => name))])

/** Names the sources of a point. If the point shows a time, a source that recorded only a date gets that date beside it. */
export const holdersOf = (point: Point): string[] =>
  point.sources.map((source) => [source.name, dayOf(point, source)].filter(Boolean).join(' '))

/** Returns `(24 Nov 2026)` if the source recorded only a date but the point shows a time. */
export const dayOf = ({ reading, readings }: Point, { connectionId }: Source): string | undefined => {
  const own = readings.filter(({ source }) => source.connectionId === connectionId)
  return !isBare(reading) && own.every(isBare) ? `(${day(own[0]?.taken ?? '')})` : undefined
}

/** `81.2 kg` */
export const valueWords = (reading: Reading, units: Units): string => {
  const { value, unit } = valueIn(units, reading)
  return `${decimals(value)} ${unit}`.trim()
}

/** Names the half of an incomplete blood pressure; undefined otherwise. */
export const halfOf = ({ amounts }: Reading): string | undefined => {
  if (amounts.length < 2 || !amounts.includes(null)) return undefined
  return t(amounts[0] ? 'systolic_only' : 'diastolic_only')
}

/** Returns the time of a reading (`07:12`) if another one has the same date. */
export const timesOf = (readings: readonly Reading[]): ((reading: Reading) => string | undefined) => {
  const days = Map.groupBy(readings, ({ taken }) => day(taken))
  return (reading) =>
    !isBare(reading) && (days.get(day(reading.taken)) ?? []).length > 1 ? clock(reading.taken) : undefined
}

/** The values that are named of each organization; of more, only the number is. */
const MOST_NAMED = 3

const idOf = ({ connectionId }: Point['sources'][number]): string => connectionId

/**
 * Names values that cannot be right, as recorded: `999999/80 mmHg (24 Nov 2026, Pulse Devices)`. They change nothing else on the page.
 * One organization's do not crowd out another's.
 */
export const outlierWords = (outliers: readonly Point[]): string => {
  const named = Object.values(Object.groupBy(outliers, ({ sources }) => sources.map(idOf).join(' ')))
    .flatMap((ofSources = []) => ofSources.slice(0, MOST_NAMED))
    .map(
      ({ reading, sources }) =>
        `${reading.recorded ? decimals(reading.recorded) : valueWords(reading, 'metric')} (${day(reading.taken)}, ${namesOf(sources)})`,
    )
  const others = outliers.length - named.length
  return t('outliers', listed([...named, ...(others > 0 ? [t('outliers_more', others)] : [])]))
}

/** Names the organization only if it is not the one above. */
export const trendWords = (kind: VitalKind, trend: Trend, units: Units, above: Source[]): string => {
  const { source } = trend
  const isAbove = above.length === 1 && above[0]?.connectionId === source.connectionId
  const words = changesWords(kind, trend, units, kind.unit)
  return isAbove ? t('trend', words) : t('trend_at', words, source.name)
}

/**
 * `1.4 kg lower than 3 months ago`, `systolic 9 and diastolic 5 lower than 3 months ago`
 *
 * @param isAlone no other organization holds the kind; otherwise the one that the trend is of is named.
 */
export const trendInShort = (kind: VitalKind, trend: Trend, units: Units, isAlone: boolean): string => {
  const words = changesWords(kind, trend, units, kind.parts.length > 0 ? '' : kind.unit)
  return isAlone ? words : `${trend.source.name}: ${words}`
}

const changesWords = (kind: VitalKind, { changes }: Trend, units: Units, unit: string): string =>
  changes.length === 0
    ? t('trend_steady')
    : (['trend_more', 'trend_less'] as const)
        .flatMap((word) => {
          const some = changes.filter(({ by }) => by > 0 === (word === 'trend_more'))
          return some.length > 0
            ? t(word, listed(some.map((change) => changeWords(kind, change, units, unit))))
            : []
        })
        .join(', ')

/** `systolic 6 mmHg` */
const changeWords = (
  { parts, change }: VitalKind,
  { part, by }: Trend['changes'][number],
  units: Units,
  unit: string,
): string => {
  const options = { maximumFractionDigits: change?.decimals ?? 0 }
  const amount =
    `${new Intl.NumberFormat(language(), options).format(Math.abs(differenceIn(units, by, unit)))} ${unitIn(units, unit)}`.trim()
  const name = parts[part]
  return name ? `${t(name)} ${amount}` : amount
}
