import { useState } from 'preact/hooks'
import type { Connection } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { SourceDot } from '../ui/source.tsx'
import { t } from '../ui/words.ts'
import { RemoveDialog } from './remove-dialog.tsx'

interface Props {
  connection: Connection
  /** The person is signed in nowhere else: it needs not be said of which connection the buttons are. */
  alone: boolean
  busy: boolean
  onEnd: (request: 'sign-out' | 'remove-connection', connection: Connection) => void
}

export const ConnectionFooter = ({ connection, alone, busy, onEnd }: Props) => {
  const [asking, setAsking] = useState(false)
  const name = connection.providerName
  return (
    <>
      {!alone && (
        <p class="named quiet small" title={name}>
          <SourceDot hue={connection.hue} /> <span>{name}</span>
        </p>
      )}
      <Button
        busy={busy}
        onClick={() => onEnd('sign-out', connection)}
        {...(!alone && { 'aria-label': t('sign_out_of', name) })}
      >
        {t('sign_out')}
      </Button>
      <Button
        look="plain"
        busy={busy}
        onClick={() => setAsking(true)}
        {...(!alone && { 'aria-label': t('remove_connection_to', name) })}
      >
        {t('remove_connection')}
      </Button>
      {asking && (
        <RemoveDialog
          connection={connection}
          onConfirm={() => onEnd('remove-connection', connection)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
