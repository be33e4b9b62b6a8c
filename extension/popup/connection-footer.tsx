import { useId, useState } from 'preact/hooks'
import type { Connection } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { Host, SourceDot } from '../ui/words/source-mark.tsx'
import { t } from '../ui/words/words.ts'
import { RemoveDialog } from './remove-dialog.tsx'

interface Props {
  connection: Connection
  /** The person has no other connection, so the buttons need not name theirs. */
  isOnly: boolean
  onEnd: (request: 'sign-out' | 'remove-connection', connection: Connection) => void
}

export const ConnectionFooter = ({ connection, isOnly, onEnd }: Props) => {
  const [isConfirming, setConfirming] = useState(false)
  const nameId = useId()
  const description = isOnly ? {} : { 'aria-describedby': nameId }
  return (
    <>
      {!isOnly && (
        <p id={nameId} class="named quiet small" title={connection.providerName}>
          <SourceDot hue={connection.hue} />{' '}
          <span>
            {connection.providerName} <Host name={connection.providerName} host={connection.host} />
          </span>
        </p>
      )}
      <Button onClick={() => onEnd('sign-out', connection)} {...description}>
        {t('sign_out')}
      </Button>
      <Button look="plain" onClick={() => setConfirming(true)} {...description}>
        {t('remove_connection')}
      </Button>
      {isConfirming && (
        <RemoveDialog
          connection={connection}
          onConfirm={() => onEnd('remove-connection', connection)}
          onClose={() => setConfirming(false)}
        />
      )}
    </>
  )
}
