import { ask } from '../../messages/ask.ts'
import type { Connection, Provider, State } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Select } from '../../ui/controls/field.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { t } from '../../ui/words/words.ts'

interface Props {
  state: State
  provider: Provider
  onProvider: (providerId: string) => void
  administrator: Connection | undefined
  /** The administrator whose part of the page is gone, because they are signed out. */
  ended: Connection | undefined
  onSignedIn: (providerId: string, connectionId: string) => void
  /** Why signing in is necessary. */
  reason: string
}

/** The choice of the organization, and the administrator who is signed in there. */
export const Administrator = ({
  state,
  provider: { id: providerId, label },
  onProvider,
  administrator,
  ended,
  onSignedIn,
  reason,
}: Props) => {
  const signIn = useAction(async () =>
    onSignedIn(providerId, await ask('sign-in', { providerId, purpose: 'administer' })),
  )
  const signOut = useAction(() => ask('sign-out', { connectionId: administrator?.id ?? '' }))
  const problem = signIn.problem ?? signOut.problem
  return (
    <>
      <Select
        label={t('organization')}
        value={providerId}
        choices={state.providers.map(({ id, label }) => ({ value: id, label }))}
        onValue={onProvider}
      />
      {administrator ? (
        <div class="row spread">
          <p>{t('signed_in_as', administrator.person.name)}</p>
          <Button busy={signOut.isRunning} onClick={() => signOut.run()}>
            {t('sign_out')}
          </Button>
        </div>
      ) : (
        <div class="row spread">
          <p class="quiet">
            {ended ? t('administrator_ended', ended.person.name, ended.providerName) : reason}
          </p>
          <Button busy={signIn.isRunning || state.flow?.status === 'open'} onClick={() => signIn.run()}>
            {t('sign_in_administrator')}
          </Button>
        </div>
      )}
      {signIn.isRunning && <Notice kind="waiting">{t('flow_open', label)}</Notice>}
      {problem && <ProblemNotice problem={problem} organization={label} />}
    </>
  )
}
