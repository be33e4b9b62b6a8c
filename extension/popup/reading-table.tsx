import { useState } from 'preact/hooks'
import type { Reading } from '../messages/vitals.ts'
import { Button } from '../ui/button.tsx'
import { When } from '../ui/when.tsx'
import { count, t } from '../ui/words.ts'

const AT_FIRST = 6
const EACH_TIME = 12

export const ReadingTable = ({ name, readings }: { name: string; readings: Reading[] }) => {
  const [shown, setShown] = useState(AT_FIRST)
  const hidden = readings.length - shown
  return (
    <div>
      <table class="readings">
        <caption>
          {name} <span class="quiet small">· {count('readings', readings.length)}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">{t('when')}</th>
            <th scope="col">{readings[0]?.unit}</th>
            <th scope="col">{t('source')}</th>
          </tr>
        </thead>
        <tbody>
          {readings.slice(0, shown).map((reading) => (
            <tr key={reading.id}>
              <th scope="row">
                <When at={reading.taken} as="day" />
              </th>
              <td class="value">
                {reading.value}
                {reading.unit !== readings[0]?.unit && ` ${reading.unit}`}
              </td>
              <td class="quiet">{reading.source}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 && (
        <Button look="plain" onClick={() => setShown(shown + EACH_TIME)} aria-label={t('show_more_of', name)}>
          {t('show_more')}
        </Button>
      )}
    </div>
  )
}
