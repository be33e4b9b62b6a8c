import { useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { Provider, State } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { ConfirmDialog } from '../../ui/controls/confirm-dialog.tsx'
import { Field } from '../../ui/controls/field.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { requestHostAccess } from '../../ui/provider/host-access.ts'
import { useAction } from '../../ui/state/use-action.ts'
import { useFieldErrors } from '../../ui/state/use-field-errors.ts'
import { quoted } from '../../ui/words/outside-words.ts'
import { t } from '../../ui/words/words.ts'
import { Autoscan } from './autoscan-form.tsx'
import { clearScan, type Draft, fillFromScan, startForm, typeInto } from './scanned-form.ts'

interface Props {
  state: State
  /** The provider to edit; undefined for a new one. */
  saved: Provider | undefined
  draft: Draft | undefined
  /** Receives the FHIR base that a scan found. */
  onScan: (fhirBase: string | undefined) => void
  onSaved: (provider: Provider) => void
  onRemoved: () => void
}

const ADDRESS_FIELDS = ['fhirBase', 'authorizationEndpoint', 'redirectUri'] as const
/** Fields that a stored secret is bound to: a change of one drops the secret. */
const SECRET_FIELDS = ['clientId', 'fhirBase', 'authorizationEndpoint'] as const
type FieldErrors = Partial<Record<keyof Draft, string>>

export const ProviderForm = ({ state, saved, draft, onScan, onSaved, onRemoved }: Props) => {
  const [form, setForm] = useState(startForm(saved ? fieldsOf(saved) : (draft ?? emptyDraft(state))))
  const { fields } = form
  const [forgetsSecret, setForgetsSecret] = useState(false)
  const [errors, setErrors] = useFieldErrors(fields)
  const [scanNumber, setScanNumber] = useState(0)
  const [isConfirming, setConfirming] = useState(false)
  const [access, setAccess] = useState<'asked' | 'refused'>()
  const [isSaved, setSaved] = useState(false)
  const [isRefused, setRefused] = useState(false)
  const isLocked = state.policy?.locked.includes('providers') ?? false
  const keepsSecret = saved?.hasSecret && !forgetsSecret
  const dropsSecret = saved && SECRET_FIELDS.some((name) => fields[name].trim() !== saved[name])
  const hosts = [fields.fhirBase, fields.authorizationEndpoint]
  const markUnsaved = () => {
    setSaved(false)
    setRefused(false)
  }
  const field = (name: keyof Draft) => ({
    value: fields[name],
    onValue: (value: string) => {
      markUnsaved()
      setForm((form) => typeInto(form, name, value, state.redirectUri))
    },
    error: errors[name],
    ...(isLocked && { readOnly: true, hint: t('locked_field') }),
  })

  const save = useAction(async (access: Promise<unknown>) => {
    const { clientSecret, ...rest } = trim(fields)
    const provider = await ask('save-provider', {
      ...rest,
      name: rest.name || (URL.parse(rest.fhirBase)?.hostname ?? rest.fhirBase),
      ...(saved && { id: saved.id }),
      ...((clientSecret || forgetsSecret) && { clientSecret }),
    })
    setForm(startForm(fieldsOf(provider)))
    setForgetsSecret(false)
    setSaved(true)
    onSaved(provider)
    const check = async () => {
      const { isRefused } = await ask('check-application', { providerId: provider.id })
      if (isRefused) setRefused(true)
    }
    // Not awaited, because the person may leave the question about access open. Without access there may be no clear answer.
    check()
      .then(() => access)
      .then(check)
      .catch(() => undefined)
  })
  const submit = (event: Event) => {
    event.preventDefault()
    if (isLocked) return
    const newErrors = errorsOf(trim(fields), state.redirectUri)
    setErrors(newErrors)
    if (Object.keys(newErrors).length > 0) return
    // Requested in the click itself, as browsers require. Saving does not wait for the answer, because an organization that
    // allows every origin needs none.
    setAccess('asked')
    setRefused(false)
    save.run(requestHostAccess(hosts).then((isGranted) => setAccess(isGranted ? undefined : 'refused')))
  }

  const restore = () => {
    setForm(startForm(saved ? fieldsOf(saved) : emptyDraft(state)))
    setForgetsSecret(false)
    setErrors({})
    markUnsaved()
    setScanNumber(scanNumber + 1)
    save.clear()
  }
  const remove = useAction(async () => {
    if (!saved) return restore()
    await ask('remove-provider', { providerId: saved.id })
    onRemoved()
  })

  const problem = save.problem ?? remove.problem

  return (
    <form id="configure" class="card stack" aria-labelledby="configure-title" onSubmit={submit} noValidate>
      <h3 id="configure-title" tabIndex={-1}>
        {t('configure_title')}
      </h3>
      <p class="quiet">{saved ? t('configure_saved', saved.label) : t('configure_new')}</p>
      <Field label={t('client_id')} {...field('clientId')} />
      <Field
        label={t('client_secret')}
        type="password"
        autocomplete="new-password"
        {...field('clientSecret')}
        hint={t(
          isLocked
            ? 'locked_field'
            : keepsSecret
              ? dropsSecret
                ? 'secret_dropped'
                : 'secret_kept'
              : 'secret_hint',
        )}
        beside={
          !isLocked &&
          keepsSecret && <Button onClick={() => setForgetsSecret(true)}>{t('forget_secret')}</Button>
        }
      />
      {!isLocked && (
        <Autoscan
          key={scanNumber}
          clientId={fields.clientId}
          redirectUri={fields.redirectUri}
          authorizationEndpoint={fields.authorizationEndpoint}
          onScan={(scan) => {
            markUnsaved()
            setForm((form) => (scan ? fillFromScan(form, scan) : clearScan(form)))
            onScan(scan?.fhirBase)
          }}
        />
      )}
      <Field label={t('redirect_uri')} type="url" {...field('redirectUri')} />
      <Field label={t('target_base_url')} type="url" hint={t('target_base_hint')} {...field('fhirBase')} />
      <Field
        label={t('target_login_url')}
        type="url"
        hint={t('target_login_hint')}
        {...field('authorizationEndpoint')}
      />
      <Field label={t('name')} hint={t('name_hint')} {...field('name')} />
      <div class="row last">
        <Button type="submit" look="primary" busy={isLocked || save.isRunning}>
          {t('save_configuration')}
        </Button>
        <Button onClick={restore}>{t('cancel')}</Button>
        <Button look="danger" busy={isLocked || remove.isRunning} onClick={() => setConfirming(true)}>
          {t('reset_configuration')}
        </Button>
      </div>
      {saved && (
        <p class="quiet small">{t('reset_explained', quoted(t('reset_configuration')), saved.label)}</p>
      )}
      {problem && <ProblemNotice problem={problem} organization={fields.name} />}
      {isSaved && !problem && (
        <Notice kind="done">
          {t('configuration_saved', quoted(t('sign_in_with', saved?.label ?? fields.name)))}
        </Notice>
      )}
      {isSaved && isRefused && (
        <Notice kind="failed">{t('application_refused', saved?.label ?? fields.name)}</Notice>
      )}
      {access === 'refused' && (
        <Notice kind="refused">{t('host_refused', URL.parse(fields.fhirBase)?.hostname ?? '')}</Notice>
      )}
      {isConfirming && (
        <ConfirmDialog
          title={saved ? t('reset_title', saved.label) : t('reset_new_title')}
          confirm={t('reset')}
          onConfirm={remove.run}
          onClose={() => setConfirming(false)}
        >
          {saved ? t('reset_loses', saved.label) : t('reset_new_loses')}
        </ConfirmDialog>
      )}
    </form>
  )
}

const emptyDraft = ({ redirectUri }: State): Draft => ({
  name: '',
  clientId: '',
  clientSecret: '',
  fhirBase: '',
  authorizationEndpoint: '',
  redirectUri,
})

const fieldsOf = (provider: Provider): Draft => {
  const { name, clientId, fhirBase, authorizationEndpoint, redirectUri } = provider
  return { name, clientId, clientSecret: '', fhirBase, authorizationEndpoint, redirectUri }
}

const trim = (fields: Draft): Draft =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.trim()])) as unknown as Draft

const errorsOf = (fields: Draft, own: string): FieldErrors => {
  const errors: FieldErrors = {}
  if (!fields.clientId) errors.clientId = t('needed')
  for (const name of ADDRESS_FIELDS) {
    if (!fields[name]) errors[name] = t('needed')
    else if (!URL.canParse(fields[name]))
      errors[name] = name === 'redirectUri' ? t('redirect_wrong', own) : t('not_an_address')
  }
  return errors
}
