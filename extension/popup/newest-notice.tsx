import type { ComponentChildren } from 'preact'
import browser from 'webextension-polyfill'
import type { Connection, Purpose, RevocationOutcome, State } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { Notice, ProblemNotice, REVOCATION_KINDS, SIGNED_OUT_WORDS } from '../ui/controls/notice.tsx'
import { CheckClientId } from '../ui/provider/check-client-id.tsx'
import { endedNameOf, nameOf } from '../ui/provider/connection-words.ts'
import { timeLeft } from '../ui/words/dates.ts'
import { ofPerson, personName } from '../ui/words/outside-words.ts'
import { useNow } from '../ui/words/when.tsx'
import { count, listed, t, type Word } from '../ui/words/words.ts'
import { stillSignedIn } from './frame/place.ts'
import { noticesOf, type OwnNotices, type PopupNotice } from './notices.ts'

interface Props {
  state: State
  own: OwnNotices
  /** The connection whose record is open; undefined in the list of organizations. */
  open: Connection | undefined
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  onSignIn: (providerId: string, purpose?: Purpose) => void
  onDismiss: (notice: PopupNotice) => void
}

/** The newest notice, and how many more there are: dismissing one shows the next. */
export const NewestNotice = ({ state, own, open, busy, onSignIn, onDismiss }: Props) => {
  const [newest, ...older] = noticesOf(state, own, { now: useNow(), open })
  if (!newest) return null
  const actions = (button?: ComponentChildren) => (
    <>
      {button}
      <Button look="plain" onClick={() => onDismiss(newest)}>
        {t('dismiss')}
      </Button>
      {older.length > 0 && <span class="quiet small">{count('notices_more', older.length)}</span>}
    </>
  )
  const again = (providerId: string, purpose?: Purpose) => (
    <Button busy={busy} onClick={() => onSignIn(providerId, purpose)}>
      {t('sign_in_again')}
    </Button>
  )
  switch (newest.kind) {
    case 'flow': {
      const { providerId, purpose, status, error } = newest.flow
      const provider = state.providers.find(({ id }) => id === providerId)
      const name = provider?.label
      if (status === 'open')
        return <Notice kind="waiting">{t('flow_open', name ?? t('the_organization'))}</Notice>
      const problem = error ?? { code: status === 'interrupted' ? 'interrupted' : 'sign-in-failed' }
      return (
        <ProblemNotice
          problem={problem}
          organization={name}
          actions={actions(<Button onClick={() => onSignIn(providerId, purpose)}>{t('try_again')}</Button>)}
        >
          <CheckClientId problem={problem} provider={provider} />
        </ProblemNotice>
      )
    }
    case 'failure':
      return (
        <ProblemNotice
          problem={newest.problem}
          organization={newest.organization}
          person={newest.person}
          actions={actions()}
        />
      )
    case 'outcome': {
      const others = stillSignedIn(state.connections, newest.ended)
      return (
        <Notice kind={REVOCATION_KINDS[newest.outcome]} actions={actions()}>
          {outcomeWords(newest)} {others && t('still_signed_in', others)}
        </Notice>
      )
    }
    case 'ending': {
      const { providerId, providerName, endsAt = 0 } = newest.connection
      const name = personName(nameOf(newest.connection))
      return (
        <Notice kind="waiting" actions={actions(again(providerId))}>
          {t('ends_soon', name, providerName, timeLeft(endsAt))}
        </Notice>
      )
    }
    case 'another-patient':
      return (
        <Notice kind="waiting" actions={actions()}>
          {t('another_patient', newest.connection.providerName)}
        </Notice>
      )
    case 'unrevoked': {
      const { organization, person, page, ended } = newest.grant
      const toPage = page && (
        <Button onClick={() => browser.tabs.create({ url: page })}>{t('unrevoked_page')}</Button>
      )
      return (
        <Notice kind={ended ? 'done' : 'failed'} actions={actions(toPage)}>
          {ofPerson(person, t(ended ? 'ended_at_last' : 'unrevoked', organization))}
        </Notice>
      )
    }
  }
}

const OUTCOME_WORDS = {
  'sign-out': SIGNED_OUT_WORDS,
  'remove-connection': {
    revoked: 'removed',
    unreachable: 'removed_unreachable',
    refused: 'removed_refused',
    'not-offered': 'removed_not_offered',
  },
} as const satisfies Record<string, Record<RevocationOutcome, Word>>

const outcomeWords = ({ request, outcome, ended }: OwnNotices['outcomes'][number]): string => {
  const [first, ...others] = ended
  if (first && others.length === 0)
    return ofPerson(endedNameOf(first), t(OUTCOME_WORDS[request][outcome], first.providerName))
  const names = ended.map((one) => `${personName(endedNameOf(one))} (${one.providerName})`)
  return t('signed_out_all', listed(names))
}
