import type { Connection } from '../messages/state.ts'
import { CautionMark } from '../ui/icons.tsx'
import { t } from '../ui/words.ts'

/** Above everything else: the list that says what is wrong lies further down. */
export const LogAlarm = ({ connections }: { connections: Connection[] }) => (
  <>
    {connections
      .filter(({ logAlarm }) => logAlarm)
      .map(({ id, providerName }) => (
        <div key={id} class="notice alarm" role="status">
          <CautionMark />
          <div>
            <p>
              <strong>{t('log_alarm_banner', providerName)}</strong>{' '}
              <a href="#who-read">{t('log_alarm_see')}</a>
            </p>
          </div>
        </div>
      ))}
  </>
)
