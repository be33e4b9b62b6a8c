import { useState } from 'preact/hooks'
import type { Application, ApplicationEdit } from '../../messages/administration.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Field } from '../../ui/controls/field.tsx'
import { useFieldErrors } from '../../ui/state/use-field-errors.ts'
import { t } from '../../ui/words/words.ts'

interface Props {
  application: Application
  busy: boolean
  onSave: (edit: ApplicationEdit) => void
  onLeave: () => void
}

/** Edits an application's name and redirect addresses. */
export const ApplicationForm = ({ application, busy, onSave, onLeave }: Props) => {
  const [clientName, setClientName] = useState(application.clientName)
  const [addresses, setAddresses] = useState(application.redirectUris.join(' '))
  const [errors, setErrors] = useFieldErrors({ clientName, addresses })
  const submit = (event: Event) => {
    event.preventDefault()
    const edit = editOf(application, { clientName, addresses })
    const { redirectUris } = edit
    const newErrors = {
      ...(edit.clientName === '' && { clientName: t('needed') }),
      ...(redirectUris?.length === 0 && { addresses: t('needed') }),
      ...(redirectUris?.some((each) => !URL.canParse(each)) && {
        addresses: t('redirect_wrong', application.redirectUris[0] ?? 'https://app.example/redirect'),
      }),
    }
    setErrors(newErrors)
    if (Object.keys(newErrors).length > 0) return
    if (Object.keys(edit).length > 0) onSave(edit)
    else onLeave()
  }
  return (
    <form class="stack" aria-label={t('edit_of', application.clientName)} onSubmit={submit} noValidate>
      <Field label={t('client_name')} value={clientName} onValue={setClientName} error={errors.clientName} />
      {application.redirectUrisCut ? (
        <p class="quiet small">{t('redirect_uris_cut')}</p>
      ) : (
        <Field
          label={t('redirect_uris')}
          value={addresses}
          onValue={setAddresses}
          hint={t('redirect_uris_hint')}
          error={errors.addresses}
        />
      )}
      <div class="row last">
        <Button type="submit" look="primary" busy={busy}>
          {t('save_changes')}
        </Button>
        <Button onClick={onLeave}>{t('cancel')}</Button>
      </div>
    </form>
  )
}

/**
 * Returns what a person changed of an application. The rest is left out, because it may be shown cleaned or cut, and saving that
 * would change what nobody touched.
 *
 * @param form.addresses separated by white space.
 */
export const editOf = (
  application: Application,
  form: { clientName: string; addresses: string },
): ApplicationEdit => {
  const clientName = form.clientName.trim()
  const redirectUris = form.addresses.split(/\s+/).filter((each) => each !== '')
  const isSame = redirectUris.join(' ') === application.redirectUris.join(' ')
  return {
    ...(clientName !== application.clientName && { clientName }),
    ...(!isSame && !application.redirectUrisCut && { redirectUris }),
  }
}
