import { useState } from 'preact/hooks'
import { withHost } from '../../messages/addresses.ts'
import { Button } from '../controls/button.tsx'
import { ConfirmDialog } from '../controls/confirm-dialog.tsx'
import { listed, t } from '../words/words.ts'
import { allSignedIn, type Connections } from './end-everywhere.ts'

interface Props {
  state: Connections
  label: string
  look?: 'plain'
  busy?: boolean
  onConfirm: () => void
}

/** A button that ends every grant, once the person confirms it. */
export const DisconnectEverywhere = ({ state, label, look, busy, onConfirm }: Props) => {
  const [isConfirming, setConfirming] = useState(false)
  const names = allSignedIn(state).map(({ providerName: name, host }) => withHost({ name, host }))
  return (
    <>
      {names.length > 0 && (
        <Button {...(look && { look })} busy={busy} onClick={() => setConfirming(true)}>
          {label}
        </Button>
      )}
      {isConfirming && (
        <ConfirmDialog
          title={t('disconnect_title')}
          confirm={t('disconnect')}
          onConfirm={onConfirm}
          onClose={() => setConfirming(false)}
        >
          {t('disconnect_loses', listed([...new Set(names)]))}
        </ConfirmDialog>
      )}
    </>
  )
}
