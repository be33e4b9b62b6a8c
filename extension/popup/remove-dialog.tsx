import { withHost } from '../messages/addresses.ts'
import type { Connection } from '../messages/state.ts'
import { ConfirmDialog } from '../ui/controls/confirm-dialog.tsx'
import { personName } from '../ui/words/outside-words.ts'
import { t } from '../ui/words/words.ts'

interface Props {
  connection: Connection
  onConfirm: () => void
  onClose: () => void
}

export const RemoveDialog = ({ connection, onConfirm, onClose }: Props) => (
  <ConfirmDialog
    title={t('remove_title', withHost({ name: connection.providerName, host: connection.host }))}
    confirm={t('remove')}
    onConfirm={onConfirm}
    onClose={onClose}
  >
    {t('remove_loses', personName(connection.person.name), connection.providerName)}
  </ConfirmDialog>
)
