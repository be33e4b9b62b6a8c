import { Fragment } from 'preact'
import { useContext } from 'preact/hooks'
import type { Source } from '../../messages/vitals.ts'
import { Button } from '../../ui/controls/button.tsx'
import { day } from '../../ui/words/dates.ts'
import { SourceDot } from '../../ui/words/source-mark.tsx'
import { When } from '../../ui/words/when.tsx'
import { count, decimals, t } from '../../ui/words/words.ts'
import { weightOfText } from '../budget.tsx'
import { useFirstOfEach } from '../first-of-each.ts'
import { aheadAt } from './own-points.ts'
import type { Point } from './timeline.ts'
import { recordedBeside, UnitsChoice, unitIn, valueIn } from './units.ts'
import { dayOf, halfOf, namesOf, timesOf } from './vital-words.ts'

export const ReadingTable = ({ name, points }: { name: string; points: Point[] }) => {
  const { visible, showMore } = useFirstOfEach(points, ({ readings }) =>
    weightOfText(readings.map(({ value, unit, recorded = '' }) => value + unit + recorded).join('')),
  )
  const timeOf = timesOf(points.map(({ reading }) => reading))
  const normal = points.find(({ reading }) => reading.amounts.length > 0)?.reading.unit ?? ''
  const unit = unitIn(useContext(UnitsChoice), normal)
  return (
    <>
      <table class="readings">
        <caption class="unseen">
          {name}, {count('readings', points.length)}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t('when')}</th>
            <th scope="col">{unit}</th>
            <th scope="col">{t('source')}</th>
          </tr>
        </thead>
        <tbody>
          {visible.map((point) => (
            <Row
              key={point.reading.source.connectionId + point.reading.id}
              point={point}
              unit={unit}
              time={timeOf(point.reading)}
            />
          ))}
        </tbody>
      </table>
      {showMore && (
        <Button look="plain" onClick={showMore} aria-label={t('show_more_of', name)}>
          {t('show_more')}
        </Button>
      )}
    </>
  )
}

const Row = ({ point, unit, time }: { point: Point; unit: string; time: string | undefined }) => {
  const { reading, readings, sources, contradictedBy } = point
  const shown = valueIn(useContext(UnitsChoice), reading)
  const recordedBy = (sources: Source[]) => [
    ...new Set(
      readings
        .filter(({ source }) => sources.some(({ connectionId }) => connectionId === source.connectionId))
        .map((each) => recordedBeside(shown, each))
        .flatMap((recorded) => (recorded === undefined ? [] : t('recorded_as', decimals(recorded)))),
    ),
  ]
  const isShared = sources.length > 1
  const ahead = aheadAt(point)
  const isAllAhead = sources.every(({ connectionId }) => ahead.has(connectionId))
  return (
    <tr>
      <th scope="row">
        <When at={reading.taken} as="day" />
        {time !== undefined && <span class="note quiet">{time}</span>}
        {isAllAhead && <DateAhead />}
      </th>
      <td>
        <span class="value">
          {decimals(shown.value)}
          {shown.unit !== unit && ` ${shown.unit}`}
        </span>
        <Notes lines={[halfOf(reading), ...(isShared ? [] : recordedBy(sources))]} />
      </td>
      <td class="quiet">
        {sources.map((source) => (
          <Fragment key={source.connectionId}>
            <span class="named" title={source.host}>
              <SourceDot hue={source.hue} /> {source.name} {dayNote(point, source)}
            </span>
            {isShared && <Notes lines={recordedBy([source])} />}
            {!isAllAhead && ahead.has(source.connectionId) && <DateAhead />}
          </Fragment>
        ))}
        {contradictedBy.length > 0 && (
          <span class="note caution">{t('differs_from', namesOf(contradictedBy))}</span>
        )}
      </td>
    </tr>
  )
}

const DateAhead = () => <span class="note caution">{t('date_ahead')}</span>

/** Returns a source's day only if it differs from the table's, which happens across time zones. */
const dayNote = (point: Point, source: Source): string | undefined => {
  const note = dayOf(point, source)
  return note === `(${day(point.reading.taken)})` ? undefined : note
}

const Notes = ({ lines }: { lines: (string | undefined)[] }) => (
  <>
    {lines.map(
      (line) =>
        line && (
          <span key={line} class="note quiet">
            {line}
          </span>
        ),
    )}
  </>
)
