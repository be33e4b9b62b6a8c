import type { Source } from '../../messages/vitals.ts'
import { language, listed, t } from '../../ui/words/words.ts'
import type { Trend } from './trend.ts'
import type { VitalKind } from './vital-kinds.ts'

/** Names the organization only if it is not the one above. */
export const trendWords = (kind: VitalKind, { source, changes }: Trend, above: Source[]): string => {
  const phrases = (['trend_more', 'trend_less'] as const).flatMap((word) => {
    const some = changes.filter(({ by }) => by > 0 === (word === 'trend_more'))
    return some.length > 0 ? t(word, listed(some.map((change) => changeWords(kind, change)))) : []
  })
  const isAbove = above.length === 1 && above[0]?.connectionId === source.connectionId
  return isAbove ? t('trend', phrases.join(', ')) : t('trend_at', phrases.join(', '), source.name)
}

/** `systolic 6 mmHg` */
const changeWords = ({ parts, unit, change }: VitalKind, { part, by }: Trend['changes'][number]): string => {
  const options = { maximumFractionDigits: change?.decimals ?? 0 }
  const amount = `${new Intl.NumberFormat(language(), options).format(Math.abs(by))} ${unit}`
  const name = parts[part]
  return name ? `${t(name)} ${amount}` : amount
}
