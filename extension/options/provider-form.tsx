import { useState } from 'preact/hooks'
import { redirectAddress } from '../messages/addresses.ts'
import type { Scan } from '../messages/administration.ts'
import { ask } from '../messages/ask.ts'
import type { Provider, State } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { giveBackHostAccess, requestHostAccess } from '../ui/host-access.ts'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { useAction } from '../ui/use-action.ts'
import { t } from '../ui/words.ts'
import { Autoscan } from './autoscan.tsx'
import { ResetDialog } from './reset-dialog.tsx'

/** The content of the fields. */
export interface Draft {
  name: string
  clientId: string
  clientSecret: string
  fhirBase: string
  authorizationEndpoint: string
  redirectUri: string
}

interface Props {
  state: State
  /** The provider to edit; undefined for a new one. */
  saved: Provider | undefined
  draft: Draft | undefined
  onSaved: (provider: Provider) => void
  onRemoved: () => void
}

const ADDRESSES = ['fhirBase', 'authorizationEndpoint', 'redirectUri'] as const
/** Fields that a stored secret is bound to: a change of one drops the secret. */
const BOUND = ['clientId', 'fhirBase', 'authorizationEndpoint'] as const
type Wrong = Partial<Record<keyof Draft, string>>

export const ProviderForm = ({ state, saved, draft, onSaved, onRemoved }: Props) => {
  const start = saved ? fieldsOf(saved) : (draft ?? empty(state))
  const [fields, setFields] = useState(start)
  const [forgetsSecret, setForgetsSecret] = useState(false)
  const [wrong, setWrong] = useState<Wrong>({})
  const [turn, setTurn] = useState(0)
  const [asking, setAsking] = useState(false)
  const [access, setAccess] = useState<'asked' | 'refused'>()
  const [done, setDone] = useState(false)
  const locked = state.policy?.locked.includes('providers') ?? false
  const keepsSecret = saved?.hasSecret && !forgetsSecret
  const moved = saved && BOUND.some((name) => fields[name].trim() !== saved[name])
  const hosts = [fields.fhirBase, fields.authorizationEndpoint]
  const field = (name: keyof Draft) => ({
    value: fields[name],
    onValue: (value: string) => {
      setDone(false)
      setFields(withOwnRedirect(state, { ...fields, [name]: value }, name))
    },
    wrong: wrong[name],
    ...(locked && { readOnly: true, hint: t('locked_field') }),
  })

  const save = useAction(async () => {
    const { clientSecret, ...rest } = trimmed(fields)
    const provider = await ask('save-provider', {
      ...rest,
      name: rest.name || (URL.parse(rest.fhirBase)?.hostname ?? rest.fhirBase),
      ...(saved && { id: saved.id }),
      ...((clientSecret || forgetsSecret) && { clientSecret }),
    })
    setFields(fieldsOf(provider))
    setForgetsSecret(false)
    setDone(true)
    onSaved(provider)
  })
  const submit = (event: Event) => {
    event.preventDefault()
    if (locked) return
    const found = faults(trimmed(fields))
    setWrong(found)
    if (Object.keys(found).length > 0) return
    // Requested in the click itself, as browsers require. Saving does not wait for the answer, because an organization that
    // allows every origin needs none.
    setAccess('asked')
    requestHostAccess(hosts).then((granted) => setAccess(granted ? undefined : 'refused'))
    save.run()
  }

  const restore = () => {
    setFields(saved ? fieldsOf(saved) : empty(state))
    setForgetsSecret(false)
    setWrong({})
    setDone(false)
    setTurn(turn + 1)
    save.clear()
  }
  const remove = useAction(async () => {
    if (!saved) return restore()
    await ask('remove-provider', { providerId: saved.id })
    const others = state.providers.filter((provider) => provider.id !== saved.id)
    await giveBackHostAccess(
      hosts,
      others.flatMap((other) => [other.fhirBase, other.authorizationEndpoint]),
    )
    onRemoved()
  })

  const fill = (scan: Scan) =>
    setFields({
      ...fields,
      name: fields.name || (scan.name ?? ''),
      fhirBase: scan.fhirBase,
      authorizationEndpoint: scan.authorization_endpoint,
      redirectUri: scan.redirectUri,
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
          locked ? 'locked_field' : keepsSecret ? (moved ? 'secret_dropped' : 'secret_kept') : 'secret_hint',
        )}
        beside={
          !locked &&
          keepsSecret && <Button onClick={() => setForgetsSecret(true)}>{t('forget_secret')}</Button>
        }
      />
      {!locked && (
        <Autoscan key={turn} clientId={fields.clientId} redirectUri={fields.redirectUri} onScan={fill} />
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
        <Button type="submit" look="primary" busy={locked || save.running}>
          {t('save_configuration')}
        </Button>
        <Button onClick={restore}>{t('cancel')}</Button>
        <Button look="danger" busy={locked || remove.running} onClick={() => setAsking(true)}>
          {t('reset_configuration')}
        </Button>
      </div>
      {problem && <ProblemNotice problem={problem} organization={fields.name} />}
      {done && !problem && (
        <Notice kind="done">{t('configuration_saved', saved?.name ?? fields.name)}</Notice>
      )}
      {access === 'refused' && (
        <Notice kind="refused">{t('host_refused', URL.parse(fields.fhirBase)?.hostname ?? '')}</Notice>
      )}
      {asking && (
        <ResetDialog
          saved={saved}
          onConfirm={() => {
            setAsking(false)
            remove.run()
          }}
          onLeave={() => setAsking(false)}
        />
      )}
    </form>
  )
}

const empty = ({ redirectUri }: State): Draft => ({
  name: '',
  clientId: '',
  clientSecret: '',
  fhirBase: '',
  authorizationEndpoint: '',
  redirectUri,
})

const fieldsOf = (provider: Provider): Draft => ({
  name: provider.name,
  clientId: provider.clientId,
  clientSecret: '',
  fhirBase: provider.fhirBase,
  authorizationEndpoint: provider.authorizationEndpoint,
  redirectUri: provider.redirectUri,
})

/** Updates this browser's own redirect address when the base changes; keeps the address of a relay. */
const withOwnRedirect = ({ redirectUri: own }: State, fields: Draft, changed: keyof Draft): Draft => {
  if (changed !== 'fhirBase' || !fields.redirectUri.startsWith(own)) return fields
  const base = fields.fhirBase.trim()
  return { ...fields, redirectUri: URL.canParse(base) ? redirectAddress(own, base) : own }
}

const trimmed = (fields: Draft): Draft =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.trim()])) as unknown as Draft

const faults = (fields: Draft): Wrong => {
  const found: Wrong = {}
  if (!fields.clientId) found.clientId = t('needed')
  for (const name of ADDRESSES) {
    if (!fields[name]) found[name] = t('needed')
    else if (!URL.canParse(fields[name])) found[name] = t('not_an_address')
  }
  return found
}
