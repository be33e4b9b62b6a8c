import { day } from '../../ui/words/dates.ts'
import { decimals, listed, t } from '../../ui/words/words.ts'
import { namesOf } from './point-words.ts'
import type { Point } from './timeline.ts'

/** The values that are named of each organization; of more, only the number is. */
const MOST_NAMED = 3

const idOf = ({ connectionId }: Point['sources'][number]): string => connectionId

/**
 * Names values that cannot be right: `999999/80 mmHg (24 Nov 2026, Pulse Devices)`. They change nothing else on the page. One organization's
 * do not crowd out another's.
 */
export const outlierWords = (outliers: readonly Point[]): string => {
  const named = Object.values(Object.groupBy(outliers, ({ sources }) => sources.map(idOf).join(' ')))
    .flatMap((ofSources = []) => ofSources.slice(0, MOST_NAMED))
    .map(
      ({ reading, sources }) =>
        `${decimals(reading.value)} ${reading.unit} (${day(reading.taken)}, ${namesOf(sources)})`,
    )
  const others = outliers.length - named.length
  return t('outliers', listed([...named, ...(others > 0 ? [t('outliers_more', others)] : [])]))
}
