import { useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Connection, DisconnectResult, State } from '../messages/state.ts'
import { Button } from './button.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Notice, ProblemNotice, REVOCATION_KINDS, SIGNED_OUT_WORDS } from './notice.tsx'
import { withHost } from './source.tsx'
import { useAction } from './use-action.ts'
import { listed, ofPerson, t } from './words.ts'

interface SignOutResult extends Pick<Connection, 'providerName' | 'person'> {
  answer: DisconnectResult
}

/** A button that ends every grant, and each organization's answer. */
export const DisconnectEverywhere = ({ state }: { state: State }) => {
  const [isConfirming, setConfirming] = useState(false)
  const [results, setResults] = useState<SignOutResult[]>([])
  const signedIn = [...state.connections, ...state.launched].filter((connection) => connection.signedIn)
  const { run, isRunning, problem } = useAction(async () => {
    const answers = await ask('disconnect-everywhere')
    // Uses the earlier connections for the names, because a launched visit disappears from the state when it ends.
    setResults(
      answers.flatMap((answer) => {
        const connection = signedIn.find(({ id }) => id === answer.connectionId)
        return connection ? [{ ...connection, answer }] : []
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
      {results.map(({ answer: { connectionId, outcome }, providerName, person }) => (
        <Notice key={connectionId} kind={REVOCATION_KINDS[outcome]}>
          {ofPerson(person.name, t(SIGNED_OUT_WORDS[outcome], providerName))}
        </Notice>
      ))}
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
