import { useState } from 'preact/hooks'
import type { Application, ApplicationEdit } from '../../messages/administration.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Field } from '../../ui/controls/field.tsx'
import { useFieldErrors } from '../../ui/state/use-field-errors.ts'
import { t } from '../../ui/words/words.ts'
import { scopeWords } from './scope-words.ts'

interface Props {
  application: Application
  busy: boolean
  onSave: (edit: ApplicationEdit) => void
  onLeave: () => void
}

/** Edits an application's name, redirect addresses, and what it may ask for. */
export const ApplicationForm = ({ application, busy, onSave, onLeave }: Props) => {
  const [clientName, setClientName] = useState(application.clientName)
  const [addresses, setAddresses] = useState(application.redirectUris.join(' '))
  const [scopes, setScopes] = useState(words(application.scope ?? ''))
  const [moreScopes, setMoreScopes] = useState('')
  const [errors, setErrors] = useFieldErrors({ clientName, addresses, moreScopes })
  const submit = (event: Event) => {
    event.preventDefault()
    const edit = editOf(application, { clientName, addresses, scopes: `${scopes.join(' ')} ${moreScopes}` })
    const { redirectUris, scope } = edit
    const newErrors = {
      ...(edit.clientName === '' && { clientName: t('needed') }),
      ...(redirectUris?.length === 0 && { addresses: t('needed') }),
      ...(redirectUris?.some((each) => !URL.canParse(each)) && {
        addresses: t('redirect_wrong', application.redirectUris[0] ?? 'https://app.example/redirect'),
      }),
      ...(scope === '' && { moreScopes: t('needed') }),
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
      {application.scope !== undefined && (
        <>
          {application.scope === '' && <p class="small">{t('application_asks_all')}</p>}
          <fieldset class="scopes" hidden={application.scope === ''}>
            <legend>{t('application_asks_for')}</legend>
            {words(application.scope).map((each) => (
              <label key={each}>
                <input
                  type="checkbox"
                  checked={scopes.includes(each)}
                  onChange={({ currentTarget: { checked } }) =>
                    setScopes((all) => (checked ? [...all, each] : all.filter((one) => one !== each)))
                  }
                />
                <span>{scopeWords(each)}</span> <code>{each}</code>
              </label>
            ))}
          </fieldset>
          <Field
            label={t('scopes_add')}
            value={moreScopes}
            onValue={setMoreScopes}
            hint={t('scopes_add_hint')}
            error={errors.moreScopes}
          />
        </>
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
 * @param form.addresses and `scopes`: separated by white space.
 */
export const editOf = (
  application: Application,
  form: { clientName: string; addresses: string; scopes: string },
): ApplicationEdit => {
  const clientName = form.clientName.trim()
  const redirectUris = words(form.addresses)
  const scope = words(form.scopes)
  const before = words(application.scope ?? '')
  const isSameScope = scope.length === before.length && scope.every((each) => before.includes(each))
  const isSame = redirectUris.join(' ') === application.redirectUris.join(' ')
  return {
    ...(clientName !== application.clientName && { clientName }),
    ...(!isSame && !application.redirectUrisCut && { redirectUris }),
    ...(!isSameScope && application.scope !== undefined && { scope: scope.join(' ') }),
  }
}

/** Each once, in their order. */
export const words = (text: string): string[] => [...new Set(text.split(/\s+/).filter((each) => each !== ''))]
