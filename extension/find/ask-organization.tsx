import { useId, useState } from 'preact/hooks'
import type { FoundOrganization } from '../messages/brands.ts'
import { Button } from '../ui/controls/button.tsx'
import { CopyButton } from '../ui/controls/copy-button.tsx'
import { Field } from '../ui/controls/field.tsx'
import { redirectAddresses } from '../ui/provider/own-redirects.ts'
import { t } from '../ui/words/words.ts'

interface Props {
  organization: FoundOrganization
  /** Why the organization has to be asked. */
  lead: string
  scope: string
  /** This browser's own redirect address. */
  own: string
  busy: boolean
  onClientId: (clientId: string) => void
}

/**
 * The text to send to an organization whose staff registers applications, and the field for the Client ID that it answers with.
 */
export const AskOrganization = ({ organization, lead, scope, own, busy, onClientId }: Props) => {
  const { label, name, fhirBase } = organization
  const id = useId()
  const [clientId, setClientId] = useState('')
  const [error, setError] = useState<string>()
  const redirects = redirectAddresses(own, fhirBase).map(({ address }) => address)
  const request = t('find_request', name, fhirBase, redirects.join('\n'), scope)
  const submit = (event: Event) => {
    event.preventDefault()
    const isMissing = clientId.trim() === ''
    setError(isMissing ? t('needed') : undefined)
    if (!isMissing) onClientId(clientId.trim())
  }
  return (
    <>
      <p>{lead}</p>
      <div class="field">
        <label for={id}>{t('find_request_label')}</label>
        <textarea id={id} rows={10} readOnly value={request} />
        <CopyButton text={request} of={t('find_request_label')} />
      </div>
      <form onSubmit={submit} noValidate>
        <Field
          label={t('find_client_id_step')}
          value={clientId}
          onValue={setClientId}
          hint={t('find_client_id_hint', label)}
          error={error}
          beside={
            <Button type="submit" look="primary" busy={busy} aria-label={t('sign_in_with', label)}>
              {t('sign_in')}
            </Button>
          }
        />
      </form>
    </>
  )
}
