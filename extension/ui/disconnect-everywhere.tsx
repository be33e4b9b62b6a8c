import { useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Disconnected, RevocationOutcome, State } from '../messages/state.ts'
import { Button } from './button.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Notice, ProblemNotice } from './notice.tsx'
import { useAction } from './use-action.ts'
import { t, type Word } from './words.ts'

/** One button that ends everything that was allowed, and what each organization answered. */
export const DisconnectEverywhere = ({ state }: { state: State }) => {
  const [asking, setAsking] = useState(false)
  const [answers, setAnswers] = useState<Disconnected[]>([])
  const { run, running, problem } = useAction(async () => setAnswers(await ask('disconnect-everywhere')))
  const signedIn = state.connections.filter((connection) => connection.signedIn)
  return (
    <>
      {signedIn.length > 0 && (
        <Button busy={running} onClick={() => setAsking(true)}>
          {t('disconnect_everywhere')}
        </Button>
      )}
      {problem && <ProblemNotice problem={problem} />}
      {answers.map(({ connectionId, outcome }) => {
        const connection = state.connections.find(({ id }) => id === connectionId)
        if (!connection) return null
        const { providerName, person } = connection
        return (
          <Notice key={connectionId} kind={KINDS[outcome]}>
            {t(SENTENCES[outcome], providerName, person.name)}
          </Notice>
        )
      })}
      {asking && (
        <ConfirmDialog
          title={t('disconnect_title')}
          confirm={t('disconnect')}
          onConfirm={() => {
            setAsking(false)
            run()
          }}
          onLeave={() => setAsking(false)}
        >
          {t('disconnect_loses', [...new Set(signedIn.map(({ providerName }) => providerName))].join(', '))}
        </ConfirmDialog>
      )}
    </>
  )
}

const KINDS = {
  revoked: 'done',
  unreachable: 'unreachable',
  refused: 'refused',
  'not-offered': 'failed',
} as const satisfies Record<RevocationOutcome, string>

const SENTENCES = {
  revoked: 'disconnected_revoked',
  unreachable: 'disconnected_unreachable',
  refused: 'disconnected_refused',
  'not-offered': 'disconnected_not_offered',
} as const satisfies Record<RevocationOutcome, Word>
