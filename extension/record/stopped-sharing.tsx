import { ask } from '../messages/ask.ts'
import type { Connection } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { Notice, ProblemNotice } from '../ui/controls/notice.tsx'
import { useAction } from '../ui/state/use-action.ts'
import { t } from '../ui/words/words.ts'

interface Props {
  connection: Connection
  /** The kind of data, as the sentence names it: `medications`. */
  what: string
}

/**
 * Says, in place of the data, that the grant was narrowed at the organization, and how to share it again. Who narrowed it is not
 * known: an organization can do so by itself at any refresh.
 */
export const StoppedSharing = ({ connection: { providerId, providerName }, what }: Props) => {
  const signIn = useAction(() => ask('sign-in', { providerId, purpose: 'record' }))
  return (
    <>
      <Notice
        kind="refused"
        actions={
          <Button
            busy={signIn.isRunning}
            onClick={() => signIn.run()}
            aria-label={t('sign_in_with', providerName)}
          >
            {t('sign_in')}
          </Button>
        }
      >
        {t('sharing_stopped', what, providerName)}
      </Notice>
      {signIn.problem && <ProblemNotice problem={signIn.problem} organization={providerName} />}
    </>
  )
}
