import { useState } from 'preact/hooks'
import type { Application, ApplicationChange, RegisteredApplication } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import type { Output } from '../../messages/protocol.ts'
import type { Connection } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { ConfirmDialog } from '../../ui/controls/confirm-dialog.tsx'
import { CopyField } from '../../ui/controls/copy-button.tsx'
import { ProblemNotice } from '../../ui/controls/notice.tsx'
import { Skeleton } from '../../ui/controls/skeleton.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { type Pages, usePages } from '../../ui/state/use-pages.ts'
import { day } from '../../ui/words/dates.ts'
import { t } from '../../ui/words/words.ts'
import { ApplicationForm } from './application-form.tsx'
import { ClientCredentials } from './client-credentials.tsx'
import { labelOf } from './same-names.ts'

/** All applications of an administrator's organization. Loaded on request only, because the organization logs each look. */
export const OrganizationApplications = ({ connection }: { connection: Connection }) => {
  const [isShown, setShown] = useState(false)
  return (
    <section class="card stack" aria-labelledby="all-applications-title">
      <h3 id="all-applications-title">{t('all_applications_title', connection.providerName)}</h3>
      <p class="quiet">{t('all_applications_lead')}</p>
      {isShown ? (
        <List connection={connection} />
      ) : (
        <div class="row last">
          <Button onClick={() => setShown(true)}>{t('all_applications_show')}</Button>
        </div>
      )}
    </section>
  )
}

const List = ({ connection: { id: connectionId, providerName } }: { connection: Connection }) => {
  const [{ pages, problem, pending, loadMore, retry }] = usePages<Output<'applications'>>([
    {
      key: connectionId,
      load: (last) => ask('applications', { connectionId, ...(last?.next && { after: last.next }) }),
    },
  ]) as [Pages<Output<'applications'>>]
  const applications = pages
    .flatMap((page) => page.applications)
    .sort((a, b) => a.clientName.localeCompare(b.clientName))
  return (
    <>
      <ul class="providers">
        {applications.map((each) => (
          <ApplicationRow
            key={each.clientId}
            listed={each}
            others={applications}
            connectionId={connectionId}
            organization={providerName}
          />
        ))}
      </ul>
      {pending && <Skeleton bars={[32, 32, 32]} />}
      {problem && !pending && <ProblemNotice problem={problem} organization={providerName} onRetry={retry} />}
      {pages.at(-1)?.next !== undefined && !problem && (
        <Button busy={pending} onClick={loadMore}>
          {t('show_more')}
        </Button>
      )}
    </>
  )
}

interface RowProps {
  listed: Application
  /** The applications of the list, of which some may have the same name. */
  others: readonly Application[]
  connectionId: string
  organization: string
}

/** An application of the organization, with everything that its administrator may do to it. */
export const ApplicationRow = ({ listed, others, connectionId, organization }: RowProps) => {
  const [application, setApplication] = useState<Application | undefined>(listed)
  const [dialog, setDialog] = useState<'rotate' | 'disable' | 'delete'>()
  const [isEdited, setEdited] = useState(false)
  const [newSecret, setNewSecret] = useState<RegisteredApplication>()
  const { clientId } = listed
  const change = useAction(async (newValues: ApplicationChange) => {
    setNewSecret(undefined)
    const newApplication = await ask('change-application', { connectionId, clientId, change: newValues })
    setApplication(newApplication)
    setEdited(false)
    if (newApplication.clientSecret !== undefined) setNewSecret(newApplication)
  })
  const remove = useAction(async () => {
    await ask('delete-application', { connectionId, clientId })
    setApplication(undefined)
  })
  if (!application) return null
  const { clientName, disabled, editable, hasSecret, inUse, redirectUris, registeredAt, scope } = application
  const label = labelOf(application, others)
  const problem = change.problem ?? remove.problem
  const isBusy = change.isRunning || remove.isRunning
  const confirm = () => {
    change.clear()
    if (dialog === 'delete') remove.run()
    else change.run(dialog === 'rotate' ? { newSecret: true } : { disabled: true })
  }
  return (
    <li>
      <details class="whole stack">
        <summary>
          <strong>{clientName}</strong>{' '}
          <span class="quiet small">
            {[
              disabled && t('application_disabled'),
              registeredAt !== undefined && t('registered_on', day(registeredAt)),
            ]
              .filter(Boolean)
              .map((fact) => `· ${fact}`)
              .join(' ')}
          </span>
        </summary>
        <CopyField label={t('client_id')} value={clientId} />
        {redirectUris.map((address) => (
          <CopyField key={address} label={t('redirect_uri')} value={address} />
        ))}
        {scope !== undefined && (
          <p>
            <b class="small">{t('application_asks_for')}</b>
            <br />
            <code>{scope}</code>
          </p>
        )}
        {inUse && <p class="small">{t('application_in_use')}</p>}
        {!inUse && !editable && <p class="small">{t('application_of_operator')}</p>}
        {!inUse && (
          <div class="row">
            {editable && (
              <Button
                aria-expanded={isEdited}
                aria-label={t('edit_of', label)}
                onClick={() => setEdited(!isEdited)}
              >
                {t('edit')}
              </Button>
            )}
            {editable && hasSecret && (
              <Button
                busy={isBusy}
                aria-label={t('rotate_secret_of', label)}
                onClick={() => setDialog('rotate')}
              >
                {t('rotate_secret')}
              </Button>
            )}
            {(editable || !disabled) && (
              <Button
                busy={isBusy}
                aria-label={t(disabled ? 'enable_client_of' : 'disable_client_of', label)}
                onClick={() => (disabled ? change.run({ disabled: false }) : setDialog('disable'))}
              >
                {t(disabled ? 'enable_client' : 'disable_client')}
              </Button>
            )}
            <Button
              look="danger"
              busy={isBusy}
              aria-label={t('delete_client_of', label)}
              onClick={() => setDialog('delete')}
            >
              {t('delete_client')}
            </Button>
          </div>
        )}
        {isEdited && (
          <ApplicationForm
            application={application}
            busy={isBusy}
            onSave={(edit) => change.run(edit)}
            onLeave={() => setEdited(false)}
          />
        )}
        {newSecret && <ClientCredentials application={newSecret} message={t('rotated_once')} />}
        {problem && <ProblemNotice problem={problem} organization={organization} />}
      </details>
      {dialog && (
        <ConfirmDialog
          title={t(`${dialog}_client_title`, label)}
          confirm={t(dialog === 'rotate' ? 'rotate_secret' : `${dialog}_client`)}
          onConfirm={confirm}
          onClose={() => setDialog(undefined)}
        >
          {t(`${dialog}_client_loses`, label, organization)}
        </ConfirmDialog>
      )}
    </li>
  )
}
