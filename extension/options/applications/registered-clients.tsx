import { useState } from 'preact/hooks'
import type { RegisteredApplication, RegisteredClient } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import { Button } from '../../ui/controls/button.tsx'
import { ConfirmDialog } from '../../ui/controls/confirm-dialog.tsx'
import { ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { useWatched } from '../../ui/state/use-watched.ts'
import { exactly } from '../../ui/words/dates.ts'
import { t } from '../../ui/words/words.ts'
import { ClientCredentials } from './client-credentials.tsx'
import { labelOf } from './same-names.ts'

/** Applications that were registered from this browser. No other browser holds the credentials to change them. */
export const RegisteredClients = () => {
  const clients = useWatched(() => ask('registered-clients'))
  if (!clients || clients.length === 0) return null
  return (
    <section class="card stack" aria-labelledby="clients-title">
      <h3 id="clients-title">{t('clients_title')}</h3>
      <p class="quiet">{t('clients_lead')}</p>
      <ul class="providers">
        {clients.map((client) => (
          <ClientRow key={client.id} client={client} label={labelOf(client, clients)} />
        ))}
      </ul>
    </section>
  )
}

const ClientRow = ({ client, label }: { client: RegisteredClient; label: string }) => {
  const { id, clientId, clientName, organization, registeredAt } = client
  const [dialog, setDialog] = useState<'rotate' | 'delete'>()
  const [newSecret, setNewSecret] = useState<RegisteredApplication>()
  const rotate = useAction(async () => setNewSecret(await ask('rotate-secret', { id })))
  const remove = useAction(() => ask('delete-client', { id }))
  const forget = useAction(() => ask('forget-client', { id }))
  const problem = rotate.problem ?? remove.problem ?? forget.problem
  const confirm = () => {
    setNewSecret(undefined)
    rotate.clear()
    remove.clear()
    if (dialog === 'rotate') rotate.run()
    else remove.run()
  }
  return (
    <li>
      <div>
        <p>
          <strong>{clientName}</strong> <span class="quiet small">· {organization}</span>{' '}
          {client.disabled && <span class="quiet small">· {t('application_disabled')}</span>}
        </p>
        <p class="quiet small">
          <code>{clientId}</code>
        </p>
        <p class="quiet small">{t('registered_on', exactly(new Date(registeredAt).toISOString()))}</p>
      </div>
      {client.hasSecret && (
        <Button
          busy={rotate.isRunning}
          onClick={() => setDialog('rotate')}
          aria-label={t('rotate_secret_of', label)}
        >
          {t('rotate_secret')}
        </Button>
      )}
      <Button
        look="danger"
        busy={remove.isRunning}
        onClick={() => setDialog('delete')}
        aria-label={t('delete_client_of', label)}
      >
        {t('delete_client')}
      </Button>
      {newSecret && (
        <div class="whole">
          <ClientCredentials application={newSecret} message={t('rotated_once')} />
        </div>
      )}
      {problem && (
        <div class="whole">
          <ProblemNotice
            problem={problem}
            organization={organization}
            actions={<Button onClick={() => forget.run()}>{t('forget_client')}</Button>}
          />
        </div>
      )}
      {dialog && (
        <ConfirmDialog
          title={t(`${dialog}_client_title`, label)}
          confirm={t(dialog === 'rotate' ? 'rotate_secret' : 'delete_client')}
          onConfirm={confirm}
          onClose={() => setDialog(undefined)}
        >
          {t(`${dialog}_client_loses`, label, organization)}
        </ConfirmDialog>
      )}
    </li>
  )
}
