import { useState } from 'preact/hooks'
import type { Connection } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { t } from '../ui/words.ts'
import { RemoveDialog } from './remove-dialog.tsx'

interface Props {
  connection: Connection
  busy: boolean
  onEnd: (request: 'sign-out' | 'remove-connection', connection: Connection) => void
}

export const ConnectionFooter = ({ connection, busy, onEnd }: Props) => {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button busy={busy} onClick={() => onEnd('sign-out', connection)}>
        {t('sign_out')}
      </Button>
      <Button look="plain" busy={busy} onClick={() => setAsking(true)}>
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
