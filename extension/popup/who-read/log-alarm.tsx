import type { Connection } from '../../messages/state.ts'
import { Button } from '../../ui/button.tsx'
import { CautionMark } from '../../ui/icons.tsx'
import { withHost } from '../../ui/source.tsx'
import { t } from '../../ui/words.ts'
import { openOptions } from '../shell.tsx'

/** An alarm at the top of the page, because the list with the details is further down. */
export const LogAlarm = ({ connections }: { connections: Connection[] }) => (
  <>
    {connections
      .filter(({ logForked }) => logForked)
      .map(({ id, providerName }) => (
        <div key={id} class="notice alarm" role="status">
          <CautionMark />
          <div>
            <p>
              <strong>{t('log_forked_banner', providerName)}</strong>
            </p>
            <div class="row">
              <Button onClick={() => openOptions('compare-logs')}>{t('log_forked_see')}</Button>
            </div>
          </div>
        </div>
      ))}
    {connections
      .filter(({ logAlarm, readsMissing }) => logAlarm || readsMissing)
      .map(({ id, providerName, host, logAlarm, readsMissing }) => (
        <div key={id} class="notice alarm" role="status">
          <CautionMark />
          <div>
            <p>
              <strong>
                {logAlarm && t('log_alarm_banner', withHost({ name: providerName, host }))}
                {logAlarm && readsMissing && ' '}
                {readsMissing && t('log_missing_banner', withHost({ name: providerName, host }))}
              </strong>{' '}
              <a href="#who-read">{t('log_alarm_see')}</a>
            </p>
          </div>
        </div>
      ))}
  </>
)
