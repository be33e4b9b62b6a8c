import { useState } from 'preact/hooks'
import { Button } from '../controls/button.tsx'
import { ConfirmDialog } from '../controls/confirm-dialog.tsx'
import { t } from '../words/words.ts'

/** The button for a forgotten PIN or passkey, with a confirmation that says what is lost. */
export const ForgetLock = ({ loses, onForget }: { loses: string; onForget: () => void }) => {
  const [isConfirming, setConfirming] = useState(false)
  return (
    <>
      <Button look="plain" onClick={() => setConfirming(true)}>
        {t('forgot_lock')}
      </Button>
      {isConfirming && (
        <ConfirmDialog
          title={t('forgot_title')}
          confirm={t('forgot_confirm')}
          onConfirm={onForget}
          onClose={() => setConfirming(false)}
        >
          {loses}
        </ConfirmDialog>
      )}
    </>
  )
}
