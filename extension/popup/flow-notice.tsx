import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { Purpose, State } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { t } from '../ui/words.ts'

interface Props {
  state: State
  /** Why an action failed that left no sign-in flow behind. */
  problem: Problem | undefined
  message: string | undefined
  onSignIn: (providerId: string, purpose: Purpose) => void
  onDismiss: () => void
}

/** The state of the last sign-in, or the result of the last button. */
export const FlowNotice = ({ state, problem, message, onSignIn, onDismiss }: Props) => {
  const { flow } = state
  if (flow) {
    const name = state.providers.find((provider) => provider.id === flow.providerId)?.label
    if (flow.status === 'open')
      return <Notice kind="waiting">{t('flow_open', name ?? t('the_organization'))}</Notice>
    return (
      <ProblemNotice
        problem={flow.error ?? { code: flow.status === 'interrupted' ? 'interrupted' : 'sign-in-failed' }}
        organization={name}
        actions={
          <>
            <Button onClick={() => onSignIn(flow.providerId, flow.purpose)}>{t('try_again')}</Button>
            <Button look="plain" onClick={() => ask('dismiss-flow')}>
              {t('dismiss')}
            </Button>
          </>
        }
      />
    )
  }
  if (problem) return <ProblemNotice problem={problem} />
  if (message)
    return (
      <Notice
        kind="done"
        actions={
          <Button look="plain" onClick={onDismiss}>
            {t('dismiss')}
          </Button>
        }
      >
        {message}
      </Notice>
    )
  return null
}
