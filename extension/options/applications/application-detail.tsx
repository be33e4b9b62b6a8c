import { useEffect, useRef, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import type { Application, ApplicationChange, RegisteredApplication } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import { Button } from '../../ui/controls/button.tsx'
import { ConfirmDialog } from '../../ui/controls/confirm-dialog.tsx'
import { CopyField } from '../../ui/controls/copy-button.tsx'
import { ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { day } from '../../ui/words/dates.ts'
import { t } from '../../ui/words/words.ts'
import { ApplicationForm, words } from './application-form.tsx'
import { ClientCredentials } from './client-credentials.tsx'
import { scopeWords } from './scope-words.ts'

interface Props {
  application: Application
  /** Its name, which tells it from others that have the same. */
  label: string
  /** Who uses it, in words; empty if the organization does not say. */
  use: string
  connectionId: string
  organization: string
  /** It was changed, or deleted (null). */
  onChange: (application: Application | null) => void
}

/** One application of the organization, with everything that its administrator may do to it. */
export const ApplicationDetail = ({
  application,
  label,
  use,
  connectionId,
  organization,
  onChange,
}: Props) => {
  const { clientId, clientName, disabled, editable, hasSecret, inUse, redirectUris, registeredAt, scope } =
    application
  const [dialog, setDialog] = useState<'rotate' | 'disable' | 'delete'>()
  const [isEdited, setEdited] = useState(false)
  const [newSecret, setNewSecret] = useState<RegisteredApplication>()
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const change = useAction(async (newValues: ApplicationChange) => {
    setNewSecret(undefined)
    const newApplication = await ask('change-application', { connectionId, clientId, change: newValues })
    onChange(newApplication)
    setEdited(false)
    if (newApplication.clientSecret !== undefined) setNewSecret(newApplication)
  })
  const remove = useAction(async () => {
    await ask('delete-application', { connectionId, clientId })
    onChange(null)
  })
  const tryOut = useAction(async (redirectUri: string) =>
    browser.tabs.create({
      url: await ask('try-application', { connectionId, clientId, redirectUri, scope: scope ?? '' }),
    }),
  )
  const problem = change.problem ?? remove.problem ?? tryOut.problem
  const isBusy = change.isRunning || remove.isRunning
  const confirm = () => {
    change.clear()
    if (dialog === 'delete') remove.run()
    else change.run(dialog === 'rotate' ? { newSecret: true } : { disabled: true })
  }
  const facts = [use, registeredAt !== undefined && t('registered_on', day(registeredAt))].filter(Boolean)
  const [redirectUri] = redirectUris
  return (
    <section class="stack" aria-label={label}>
      <div>
        <h2 ref={title} tabIndex={-1}>
          {clientName}
        </h2>
        <p class="quiet small">{facts.join(' · ')}</p>
      </div>
      <CopyField label={t('client_id')} value={clientId} />
      {!isEdited &&
        redirectUris.map((address) => <CopyField key={address} label={t('redirect_uri')} value={address} />)}
      {scope !== undefined && !isEdited && (
        <div>
          <h3>{t('application_asks_for')}</h3>
          {scope === '' && <p class="quiet">{t('application_asks_all')}</p>}
          <ul class="scopes">
            {words(scope).map((each) => (
              <li key={each}>
                <span>{scopeWords(each)}</span> <code>{each}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {inUse && <p class="small">{t('application_in_use')}</p>}
      {!inUse && !editable && <p class="small">{t('application_of_operator')}</p>}
      {isEdited && (
        <ApplicationForm
          application={application}
          busy={isBusy}
          onSave={(edit) => change.run(edit)}
          onLeave={() => setEdited(false)}
        />
      )}
      {newSecret && <ClientCredentials application={newSecret} message={t('rotated_once')} />}
      <div class="row">
        {!inUse && editable && !isEdited && (
          <Button aria-label={t('edit_of', label)} onClick={() => setEdited(true)}>
            {t('edit')}
          </Button>
        )}
        {!inUse && editable && hasSecret && (
          <Button busy={isBusy} aria-label={t('rotate_secret_of', label)} onClick={() => setDialog('rotate')}>
            {t('rotate_secret')}
          </Button>
        )}
        {!inUse && (editable || !disabled) && (
          <Button
            busy={isBusy}
            aria-label={t(disabled ? 'enable_client_of' : 'disable_client_of', label)}
            onClick={() => (disabled ? change.run({ disabled: false }) : setDialog('disable'))}
          >
            {t(disabled ? 'enable_client' : 'disable_client')}
          </Button>
        )}
        {redirectUri !== undefined && !disabled && (
          <Button
            busy={tryOut.isRunning}
            aria-label={t('try_client_of', label)}
            onClick={() => tryOut.run(redirectUri)}
          >
            {t('try_client')}
          </Button>
        )}
        {!inUse && (
          <Button
            look="plain danger"
            busy={isBusy}
            aria-label={t('delete_client_of', label)}
            onClick={() => setDialog('delete')}
          >
            {t('delete_client')}
          </Button>
        )}
      </div>
      {redirectUri !== undefined && !disabled && <p class="quiet small">{t('try_client_hint')}</p>}
      {problem && <ProblemNotice problem={problem} organization={organization} />}
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
    </section>
  )
}
