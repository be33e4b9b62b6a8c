import { useState } from 'preact/hooks'
import type { Application } from '../messages/administration.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { t } from '../ui/words.ts'

interface Props {
  application: Application
  busy: boolean
  onSave: (edit: { clientName: string; redirectUris: string[] }) => void
  onLeave: () => void
}

/** Edits an application's name and redirect addresses. */
export const ApplicationForm = ({ application, busy, onSave, onLeave }: Props) => {
  const [clientName, setClientName] = useState(application.clientName)
  const [addresses, setAddresses] = useState(application.redirectUris.join(' '))
  const [errors, setErrors] = useState<{ clientName?: string; addresses?: string }>({})
  const submit = (event: Event) => {
    event.preventDefault()
    const redirectUris = addresses.split(/\s+/).filter((each) => each !== '')
    const newErrors = {
      ...(!clientName.trim() && { clientName: t('needed') }),
      ...(redirectUris.length === 0
        ? { addresses: t('needed') }
        : !redirectUris.every((each) => URL.canParse(each)) && { addresses: t('not_an_address') }),
    }
    setErrors(newErrors)
    if (Object.keys(newErrors).length === 0) onSave({ clientName: clientName.trim(), redirectUris })
  }
  return (
    <form class="stack" aria-label={t('edit_of', application.clientName)} onSubmit={submit} noValidate>
      <Field label={t('client_name')} value={clientName} onValue={setClientName} error={errors.clientName} />
      <Field
        label={t('redirect_uris')}
        value={addresses}
        onValue={setAddresses}
        hint={t('redirect_uris_hint')}
        error={errors.addresses}
      />
      <div class="row last">
        <Button type="submit" look="primary" busy={busy}>
          {t('save_changes')}
        </Button>
        <Button onClick={onLeave}>{t('cancel')}</Button>
      </div>
    </form>
  )
}
