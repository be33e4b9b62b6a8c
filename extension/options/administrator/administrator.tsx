import { ask } from '../../messages/ask.ts'
import type { Provider, State } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Select } from '../../ui/controls/field.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { personName } from '../../ui/words/outside-words.ts'
import { t } from '../../ui/words/words.ts'
import type { BoundAdministrator } from './use-administrator.ts'

interface Props {
  state: State
  provider: Provider
  bound: BoundAdministrator
  /** Why signing in is necessary. */
  reason: string
}

/** The choice of the organization, and the administrator who is signed in there. */
export const Administrator = ({
  state,
  provider: { id: providerId, label },
  bound: { administrator, ended, choose, show },
  reason,
}: Props) => {
  const signIn = useAction(async () =>
    show(providerId, await ask('sign-in', { providerId, purpose: 'administer' })),
  )
  const signOut = useAction(() => ask('sign-out', { connectionId: administrator?.id ?? '' }))
  const problem = signIn.problem ?? signOut.problem
  return (
    <>
      <Select
        label={t('organization')}
        value={providerId}
        choices={state.providers.map(({ id, label }) => ({ value: id, label }))}
        onValue={choose}
      />
      {administrator ? (
        <div class="row spread">
          <p>{t('signed_in_as', personName(administrator.person.name))}</p>
          <Button busy={signOut.isRunning} onClick={() => signOut.run()}>
            {t('sign_out')}
          </Button>
        </div>
      ) : (
        <div class="row spread">
          <p class="quiet">
            {ended ? t('administrator_ended', personName(ended.person.name), ended.providerName) : reason}
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
