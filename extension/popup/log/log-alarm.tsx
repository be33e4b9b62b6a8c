import type { ComponentChildren } from 'preact'
import { withHost } from '../../messages/addresses.ts'
import type { Connection } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Notice } from '../../ui/controls/notice.tsx'
import { nameOf } from '../../ui/provider/connection-words.ts'
import { ofPerson } from '../../ui/words/outside-words.ts'
import { t } from '../../ui/words/words.ts'
import { openOptions } from '../frame/shell.tsx'

interface Props {
  /** All connections, including those that ended, because the toolbar shows an alarm of any of them. */
  connections: Connection[]
  /** Those whose access log is on this page. */
  here: Connection[]
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  onOpen: (connectionId: string) => void
  onSignIn: (providerId: string) => void
}

/** The alarms at the top of each page of the popup, because the list with the details is further down, or on another page. */
export const LogAlarm = ({ connections, here, busy, onOpen, onSignIn }: Props) => {
  const wayTo = ({ id, providerId, signedIn, patient, logAlarm, readsMissing }: Connection) => {
    // A narrower grant may be the person's own choice.
    const way = t(logAlarm || readsMissing ? 'log_alarm_see' : 'who_read_it')
    if (here.some((each) => each.id === id))
      return (
        <a class="button" href="#who-read">
          {way}
        </a>
      )
    if (!signedIn)
      return (
        <Button busy={busy} onClick={() => onSignIn(providerId)}>
          {t('sign_in_again')}
        </Button>
      )
    const open = patient ? () => onOpen(id) : () => openOptions('access-log')
    return <Button onClick={open}>{way}</Button>
  }
  const forked = connections.filter(({ logForked }) => logForked)
  return (
    <>
      {[...new Map(forked.map((each) => [each.providerId, each])).values()].map(({ id, providerName }) => (
        <Alarm key={`forked ${id}`} words={t('log_forked_banner', providerName)}>
          <Button onClick={() => openOptions('compare-logs')}>{t('log_forked_see')}</Button>
        </Alarm>
      ))}
      {connections
        .filter(({ logAlarm, logNarrowed, readsMissing }) => logAlarm || logNarrowed || readsMissing)
        .map((connection) => (
          <Alarm key={connection.id} words={wordsOf(connection)}>
            {wayTo(connection)}
          </Alarm>
        ))}
    </>
  )
}

const wordsOf = (connection: Connection): string => {
  const { providerName: name, host, logAlarm, logNarrowed, readsMissing, forbidden } = connection
  const narrowed = forbidden?.readAccessLog ? 'log_forbidden_banner' : 'log_narrowed_banner'
  const sentences = [
    logAlarm && t('log_alarm_banner', withHost({ name, host })),
    logNarrowed && t(narrowed, withHost({ name, host })),
    readsMissing && t('log_missing_banner', withHost({ name, host })),
  ]
  return ofPerson(nameOf(connection), sentences.filter(Boolean).join(' '))
}

const Alarm = ({ words, children }: { words: string; children: ComponentChildren }) => (
  <Notice kind="alarm" role="status" actions={children}>
    <strong>{words}</strong>
  </Notice>
)
