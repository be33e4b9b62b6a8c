import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { withHost } from '../../messages/addresses.ts'
import { ask } from '../../messages/ask.ts'
import type { Connection } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { ConfirmDialog } from '../../ui/controls/confirm-dialog.tsx'
import { RefusedMark, Tick, WayOut } from '../../ui/controls/icons.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { endsSoon, endWordsOf, nameOf, windowOf } from '../../ui/provider/connection-words.ts'
import { useAction } from '../../ui/state/use-action.ts'
import { useWatched } from '../../ui/state/use-watched.ts'
import { clock, day, exactly } from '../../ui/words/dates.ts'
import { personName } from '../../ui/words/outside-words.ts'
import { Host, SourceDot } from '../../ui/words/source-mark.tsx'
import { useNow, When } from '../../ui/words/when.tsx'
import { t } from '../../ui/words/words.ts'
import { readsInFull } from './may-read.ts'
import { Shell } from './shell.tsx'

interface Props {
  connection: Connection
  canLock: boolean
  notices: ComponentChildren
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  onSignIn: () => void
  onEnd: (request: 'sign-out' | 'remove-connection') => void
  onBack: () => void
}

/** One connection: until when, what Carekey may read, and the only place to end it. */
export const OrganizationPage = (props: Props) => {
  const { connection, canLock, notices, busy, onSignIn, onEnd, onBack } = props
  const { id, signedIn, providerName, host, hue, hasAccountPage } = connection
  const [isRemoving, setRemoving] = useState(false)
  const [hasNoPage, setHasNoPage] = useState(false)
  const lastRead = useWatched(() => ask('last-read', { connectionId: id }))
  const account = useAction(async () => {
    const { url } = await ask('management-page', { connectionId: id })
    setHasNoPage(url === undefined)
    if (url !== undefined) await browser.tabs.create({ url })
  })
  return (
    <Shell
      title={providerName}
      mark={<SourceDot hue={hue} state={signedIn ? 'full' : 'empty'} large />}
      subtitle={<Host name={providerName} host={host} />}
      onBack={onBack}
      canLock={canLock}
      view={`organization ${id}`}
    >
      <div class="stack before">{notices}</div>
      <div class="organization">
        <Standing connection={connection} />
        <div class="row">
          {hasAccountPage && (
            <Button busy={account.isRunning} onClick={() => account.run()}>
              {t('shorten')}
            </Button>
          )}
          <Button {...(!signedIn && { look: 'primary' as const })} busy={busy} onClick={onSignIn}>
            {t('sign_in_again')}
          </Button>
        </div>
        {hasNoPage && <Notice kind="empty">{t('log_revoke_none', providerName)}</Notice>}
        {account.problem && (
          <ProblemNotice
            problem={account.problem}
            organization={providerName}
            onRetry={() => account.run()}
          />
        )}
        {signedIn && <MayRead connection={connection} />}
        {(hasAccountPage || lastRead !== undefined) && (
          <ul class="lines">
            {lastRead !== undefined && (
              <li class="spread">
                {t('last_read')}{' '}
                <span class="quiet small">
                  <When at={lastRead} as="lately" />
                </span>
              </li>
            )}
            {hasAccountPage && (
              <li>
                <button type="button" class="go" onClick={() => account.run()}>
                  <span class="grow">{t('your_account')}</span>
                  <WayOut />
                </button>
              </li>
            )}
          </ul>
        )}
        <div class="end">
          <div class="row spread">
            {signedIn && <Button onClick={() => onEnd('sign-out')}>{t('sign_out')}</Button>}
            {/* While somebody signs in, the connection may be about to open. */}
            <Button look="plain danger" busy={!signedIn && busy} onClick={() => setRemoving(true)}>
              {t('remove_connection')}
            </Button>
          </div>
          <p class="quiet small">{t(signedIn ? 'sign_out_does' : 'remove_does', providerName)}</p>
        </div>
        {isRemoving && (
          <RemoveDialog
            connection={connection}
            onConfirm={() => onEnd('remove-connection')}
            onClose={() => setRemoving(false)}
          />
        )}
      </div>
    </Shell>
  )
}

/** The time left, or how it ended. */
const Standing = ({ connection }: { connection: Connection }) => {
  const { signedIn, endsAt, endedBy } = connection
  const now = useNow()
  const name = personName(nameOf(connection))
  if (!signedIn)
    return (
      <>
        <p class="statement">{t(endedBy ? 'ended_title' : 'is_signed_out')}</p>
        {endWordsOf(connection).map((words) => (
          <p key={words} class="quiet small">
            {words}
          </p>
        ))}
      </>
    )
  const isToday = endsAt !== undefined && day(endsAt) === day(now)
  return (
    <>
      <p class={endsSoon(connection, now) ? 'statement caution' : 'statement'}>{windowOf(connection, now)}</p>
      <p class="quiet small">
        {endsAt !== undefined &&
          (isToday ? t('until_today', clock(endsAt)) : t('until_date', exactly(endsAt)))}{' '}
        {t('signed_in_as', name)}
      </p>
    </>
  )
}

const MayRead = ({ connection }: { connection: Connection }) => {
  const { allowed, refused } = readsInFull(connection)
  return (
    <section aria-labelledby="may-read-title">
      <h2 id="may-read-title">{t('may_read')}</h2>
      <ul class="may-read">
        {allowed.map((words) => (
          <li key={words} class="good">
            <Tick /> <span>{words}</span>
          </li>
        ))}
        {refused.map((words) => (
          <li key={words} class="quiet">
            <RefusedMark /> <span>{words}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface RemoveDialogProps {
  connection: Connection
  onConfirm: () => void
  onClose: () => void
}

export const RemoveDialog = ({ connection, onConfirm, onClose }: RemoveDialogProps) => (
  <ConfirmDialog
    title={t('remove_title', withHost({ name: connection.providerName, host: connection.host }))}
    confirm={t('remove')}
    onConfirm={onConfirm}
    onClose={onClose}
  >
    {t('remove_loses', personName(connection.person.name), connection.providerName)}
  </ConfirmDialog>
)
