import { useState } from 'preact/hooks'
import { Button } from '../ui/button.tsx'
import { SourceDot } from '../ui/source.tsx'
import { When } from '../ui/when.tsx'
import { count, decimals, t } from '../ui/words.ts'
import { halfOf, namesOf } from './point-words.ts'
import { isAhead, type Point } from './timeline.ts'

const AT_FIRST = 12
const EACH_TIME = 24

export const ReadingTable = ({ name, points }: { name: string; points: Point[] }) => {
  const [shown, setShown] = useState(AT_FIRST)
  const hidden = points.length - shown
  const unit = points.find(({ reading }) => reading.amounts.length > 0)?.reading.unit ?? ''
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
          {points.slice(0, shown).map((point) => (
            <Row key={point.reading.source.connectionId + point.reading.id} point={point} unit={unit} />
          ))}
        </tbody>
      </table>
      {hidden > 0 && (
        <Button look="plain" onClick={() => setShown(shown + EACH_TIME)} aria-label={t('show_more_of', name)}>
          {t('show_more')}
        </Button>
      )}
    </>
  )
}

const Row = ({ point, unit }: { point: Point; unit: string }) => {
  const { reading, readings, sources, against } = point
  const recorded = new Set(readings.flatMap((each) => each.recorded ?? []))
  return (
    <tr>
      <th scope="row">
        <When at={reading.taken} as="day" />
        {isAhead(point) && <span class="note caution">{t('date_ahead')}</span>}
      </th>
      <td>
        <span class="value">
          {decimals(reading.value)}
          {reading.unit !== unit && ` ${reading.unit}`}
        </span>
        {[halfOf(reading), ...[...recorded].map((text) => t('recorded_as', decimals(text)))].map(
          (line) =>
            line && (
              <span key={line} class="note quiet">
                {line}
              </span>
            ),
        )}
      </td>
      <td class="quiet">
        {sources.map(({ connectionId, name, host, hue }) => (
          <span key={connectionId} class="named" title={host}>
            <SourceDot hue={hue} /> {name}
          </span>
        ))}
        {against.length > 0 && <span class="note caution">{t('differs_from', namesOf(against))}</span>}
      </td>
    </tr>
  )
}
