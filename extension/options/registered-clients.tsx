import { useState } from 'preact/hooks'
import type { RegisteredApplication, RegisteredClient } from '../messages/administration.ts'
import { ask } from '../messages/ask.ts'
import { Button } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { exactly } from '../ui/dates.ts'
import { ProblemNotice } from '../ui/notice.tsx'
import { useAction } from '../ui/use-action.ts'
import { t } from '../ui/words.ts'
import { Registered } from './registered.tsx'
import { useRegisteredClients } from './use-registered-clients.ts'

/** Applications registered from this browser, because only it holds the credentials to change them. */
export const RegisteredClients = () => {
  const clients = useRegisteredClients()
  if (!clients || clients.length === 0) return null
  return (
    <section class="card stack" aria-labelledby="clients-title">
      <h3 id="clients-title">{t('clients_title')}</h3>
      <p class="quiet">{t('clients_lead')}</p>
      <ul class="providers">
        {clients.map((client) => (
          <ClientRow key={client.id} client={client} />
        ))}
      </ul>
    </section>
  )
}

const ClientRow = ({ client }: { client: RegisteredClient }) => {
  const { id, clientId, clientName, organization, registeredAt } = client
  const [asking, setAsking] = useState<'rotate' | 'delete'>()
  const [rotated, setRotated] = useState<RegisteredApplication>()
  const rotate = useAction(async () => setRotated(await ask('rotate-secret', { id })))
  const remove = useAction(() => ask('delete-client', { id }))
  const forget = useAction(() => ask('forget-client', { id }))
  const problem = rotate.problem ?? remove.problem ?? forget.problem
  const confirmed = () => {
    setAsking(undefined)
    setRotated(undefined)
    rotate.clear()
    remove.clear()
    if (asking === 'rotate') rotate.run()
    else remove.run()
  }
  return (
    <li>
      <div>
        <p>
          <strong>{clientName}</strong> <span class="quiet small">· {organization}</span>
        </p>
        <p class="quiet small">
          <code>{clientId}</code>
        </p>
        <p class="quiet small">{t('registered_on', exactly(new Date(registeredAt).toISOString()))}</p>
      </div>
      {client.hasSecret && (
        <Button
          busy={rotate.running}
          onClick={() => setAsking('rotate')}
          aria-label={t('rotate_secret_of', clientName)}
        >
          {t('rotate_secret')}
        </Button>
      )}
      <Button
        look="danger"
        busy={remove.running}
        onClick={() => setAsking('delete')}
        aria-label={t('delete_client_of', clientName)}
      >
        {t('delete_client')}
      </Button>
      {rotated && (
        <div class="whole">
          <Registered application={rotated} said={t('rotated_once')} />
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
      {asking && (
        <ConfirmDialog
          title={t(`${asking}_client_title`, clientName)}
          confirm={t(asking === 'rotate' ? 'rotate_secret' : 'delete_client')}
          onConfirm={confirmed}
          onLeave={() => setAsking(undefined)}
        >
          {t(`${asking}_client_loses`, clientName, organization)}
        </ConfirmDialog>
      )}
    </li>
  )
}
