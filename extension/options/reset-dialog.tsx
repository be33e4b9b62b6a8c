import type { Provider } from '../messages/state.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { t } from '../ui/words.ts'

interface Props {
  saved: Provider | undefined
  onConfirm: () => void
  onLeave: () => void
}

export const ResetDialog = ({ saved, onConfirm, onLeave }: Props) => (
  <ConfirmDialog
    title={saved ? t('reset_title', saved.label) : t('reset_new_title')}
    confirm={t('reset')}
    onConfirm={onConfirm}
    onLeave={onLeave}
  >
    {saved ? t('reset_loses', saved.label) : t('reset_new_loses')}
  </ConfirmDialog>
)
