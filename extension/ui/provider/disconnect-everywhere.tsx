import { useState } from 'preact/hooks'
import { withHost } from '../../messages/addresses.ts'
import { ask } from '../../messages/ask.ts'
import type { Connection, RevocationOutcome, State } from '../../messages/state.ts'
import { Button } from '../controls/button.tsx'
import { ConfirmDialog } from '../controls/confirm-dialog.tsx'
import { ProblemNotice } from '../controls/notice.tsx'
import { useAction } from '../state/use-action.ts'
import { listed, t } from '../words/words.ts'

/** A connection as it was before, and its organization's answer. */
export type EndedConnection = Connection & { outcome: RevocationOutcome }

interface Props {
  state: State
  onEnded: (ended: EndedConnection[]) => void
}

/** A button that ends every grant. */
export const DisconnectEverywhere = ({ state, onEnded }: Props) => {
  const [isConfirming, setConfirming] = useState(false)
  const signedIn = [...state.connections, ...state.launched].filter((connection) => connection.signedIn)
  const { run, isRunning, problem } = useAction(async () => {
    const answers = await ask('disconnect-everywhere')
    // The earlier connections, because a launched visit disappears from the state when it ends.
    onEnded(
      answers.flatMap(({ connectionId, outcome }) => {
        const connection = signedIn.find(({ id }) => id === connectionId)
        return connection ? [{ ...connection, outcome }] : []
      }),
    )
  })
  return (
    <>
      {signedIn.length > 0 && (
        <Button busy={isRunning} onClick={() => setConfirming(true)}>
          {t('disconnect_everywhere')}
        </Button>
      )}
      {problem && <ProblemNotice problem={problem} />}
      {isConfirming && (
        <ConfirmDialog
          title={t('disconnect_title')}
          confirm={t('disconnect')}
          onConfirm={run}
          onClose={() => setConfirming(false)}
        >
          {t(
            'disconnect_loses',
            listed([...new Set(signedIn.map(({ providerName: name, host }) => withHost({ name, host })))]),
          )}
        </ConfirmDialog>
      )}
    </>
  )
}
