import type { RegisteredApplication } from '../../messages/administration.ts'
import { Button } from '../../ui/controls/button.tsx'
import { CopyField } from '../../ui/controls/copy-button.tsx'
import { Notice } from '../../ui/controls/notice.tsx'
import { t } from '../../ui/words/words.ts'

/** The new Client ID and its secret, if it has one; Carekey cannot request them again. */
export const ClientCredentials = ({
  application,
  message,
  onUse,
}: {
  application: RegisteredApplication
  /** A sentence to show instead of "registered". */
  message?: string
  onUse?: () => void
}) => {
  const { clientId, clientSecret } = application
  return (
    <div class="stack">
      <Notice kind="done">{message ?? t(clientSecret ? 'registered_once' : 'registered_public')}</Notice>
      <CopyField label={t('client_id')} value={clientId} />
      {clientSecret && <CopyField label={t('client_secret')} value={clientSecret} />}
      {onUse && <Button onClick={onUse}>{t('use_registered')}</Button>}
    </div>
  )
}
