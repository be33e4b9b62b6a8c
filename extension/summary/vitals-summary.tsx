import { useContext } from 'preact/hooks'
import { type Reading, type Units, type VitalName, type Vitals, vitalNames } from '../messages/vitals.ts'
import { isCredible } from '../record/vitals/own-points.ts'
import { picturesOf } from '../record/vitals/pictures.ts'
import { beginOf } from '../record/vitals/span.ts'
import { isAhead, timelineOf } from '../record/vitals/timeline.ts'
import { trendsOf } from '../record/vitals/trend.ts'
import { numberIn, recordedBeside, UnitsChoice, unitIn, valueIn } from '../record/vitals/units.ts'
import { vitalKinds } from '../record/vitals/vital-kinds.ts'
import { SmallLine } from '../record/vitals/vital-row.tsx'
import { outlierWords, trendWords } from '../record/vitals/vital-words.ts'
import { day } from '../ui/words/dates.ts'
import { count, decimals, language, listed, t } from '../ui/words/words.ts'

/** The vital signs of one organization, a line for each kind. */
export const VitalsSummary = ({ vitals }: { vitals: Vitals }) => {
  const kinds = vitalNames.filter((kind) => vitals[kind]?.length)
  if (kinds.length === 0) return null
  return (
    <>
      <table class="vitals" aria-label={t('vital_signs')}>
        <tbody>
          {kinds.map((kind) => (
            <Line key={kind} kind={kind} readings={vitals[kind] ?? []} />
          ))}
        </tbody>
      </table>
      <p class="quiet small">{t('summary_all_readings')}</p>
    </>
  )
}

const Line = ({ kind, readings }: { kind: VitalName; readings: Reading[] }) => {
  const units = useContext(UnitsChoice)
  const points = timelineOf(readings)
  const all = points.filter((point) => !isAhead(point))
  const past = all.filter((point) => isCredible(kind, point))
  const outliers = all.filter((point) => !isCredible(kind, point))
  const newest = past[0] ?? all[0] ?? points[0]
  if (!newest) return null
  const { reading, sources } = newest
  const shown = valueIn(units, reading)
  const recorded = recordedBeside(shown, reading)
  const [trend] = trendsOf(kind, readings)
  const [picture] = picturesOf(kind, readings, beginOf('12_months'))
  const oldest = past.at(-1)
  const range = rangeOf(
    kind,
    units,
    past.flatMap(({ readings }) => readings),
  )
  return (
    <tr>
      <th scope="row">{t(vitalKinds[kind].word)}</th>
      <td>
        <span class="value">
          {decimals(shown.value)} <span class="unit">{shown.unit}</span>
        </span>{' '}
        · {day(reading.taken)}
        {recorded && <span class="quiet"> {t('recorded_as', decimals(recorded))}</span>}
        {oldest && past.length > 1 && range !== '' && (
          <span class="quiet small detail">
            {t('summary_range', count('readings', past.length), day(oldest.reading.taken), range)}
          </span>
        )}
        {outliers.length > 0 && <span class="quiet small detail">{outlierWords(outliers)}</span>}
        {trend && (
          <span class="quiet small detail">{trendWords(vitalKinds[kind], trend, units, sources)}</span>
        )}
      </td>
      {picture && (
        <td class="line">
          <SmallLine kind={kind} picture={picture} />
        </td>
      )}
    </tr>
  )
}

/** `systolic 118–141 mmHg and diastolic 74–92 mmHg`, of the readings in a known unit. */
const rangeOf = (kind: VitalName, units: Units, readings: readonly Reading[]): string => {
  const { parts, unit } = vitalKinds[kind]
  const number = new Intl.NumberFormat(language(), { maximumFractionDigits: 1 })
  const names = parts.length > 0 ? parts.map((part) => `${t(part)} `) : ['']
  return listed(
    names.flatMap((name, part) => {
      const numbers = readings.flatMap(({ amounts }) => amounts[part]?.number ?? [])
      if (numbers.length === 0) return []
      const ends = [Math.min(...numbers), Math.max(...numbers)].map((end) =>
        number.format(numberIn(units, end, unit)),
      )
      return `${name}${[...new Set(ends)].join('–')} ${unitIn(units, unit)}`
    }),
  )
}
