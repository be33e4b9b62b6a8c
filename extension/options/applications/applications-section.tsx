import { useEffect, useState } from 'preact/hooks'
import { redirectAddress, redirectAddresses } from '../../../values/extension-addresses.ts'
import type { Application, RegisteredApplication } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import type { Provider, State } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { CopyField } from '../../ui/controls/copy-button.tsx'
import { Field, Select } from '../../ui/controls/field.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { useFieldErrors } from '../../ui/state/use-field-errors.ts'
import { t } from '../../ui/words/words.ts'
import { Administrator } from '../administrator/administrator.tsx'
import { registersApplications, useAdministrator } from '../administrator/use-administrator.ts'
import type { Draft } from '../providers/scanned-form.ts'
import { ClientCredentials } from './client-credentials.tsx'
import { RegisteredClients } from './registered-clients.tsx'
import { findNamesake } from './same-names.ts'

interface Props {
  state: State
  /** The FHIR base that the form above has just scanned. */
  scannedBase: string | undefined
  /** Configures an organization with the new registration. */
  onUse: (draft: Draft) => void
}

export const Applications = ({ state, scannedBase, onUse }: Props) => (
  <section id="applications" aria-labelledby="applications-title" class="stack">
    <h2 id="applications-title">{t('applications')}</h2>
    <p class="quiet">{t('applications_lead')}</p>
    {state.policy?.locked.includes('applications') ? (
      <Notice kind="refused">{t('policy_locked_applications')}</Notice>
    ) : state.providers.length > 0 ? (
      <RegisterForm state={state} scannedBase={scannedBase} onUse={onUse} />
    ) : (
      <Notice kind="empty">{t('applications_none')}</Notice>
    )}
    <RegisteredClients />
  </section>
)

const RegisterForm = ({ state, scannedBase, onUse }: Props) => {
  const bound = useAdministrator(state, registersApplications)
  const { provider, administrator, choose, show } = bound
  const [clientName, setClientName] = useState('')
  const [type, setType] = useState('confidential')
  const [typedUri, setTypedUri] = useState<string>()
  /** The name that is in use, as the person was told; to register another one of this name is then their decision. */
  const [nameInUse, setNameInUse] = useState<string>()
  const [registered, setRegistered] = useState<{ application: RegisteredApplication; draft: Draft }>()
  // Whoever scanned an organization means to register there, unless this form is already about another one.
  useEffect(() => {
    const scanned = state.providers.find(({ fhirBase }) => fhirBase === scannedBase)
    if (scanned && scanned.id !== provider?.id && clientName === '') choose(scanned.id)
  }, [scannedBase])
  // The chosen organization's address, until the person types another.
  const ownUri = provider ? redirectAddress(state.redirectUri, provider.fhirBase) : ''
  const redirectUri = typedUri ?? ownUri
  const [errors, setErrors] = useFieldErrors({ clientName, redirectUri })

  const add = useAction(async (at: Provider) => {
    setRegistered(undefined)
    const connectionId = administrator?.id ?? (await signInAsAdministrator(at.id))
    show(at.id, connectionId)
    const input = {
      connectionId,
      clientName: clientName.trim(),
      redirectUri: redirectUri.trim(),
      isPublic: type === 'public',
    }
    const namesake =
      input.clientName === nameInUse ? undefined : await findNamesakeAt(connectionId, input.clientName)
    if (namesake) {
      setNameInUse(input.clientName)
      setErrors({ clientName: t('client_name_in_use', at.label, namesake.clientId) })
      return
    }
    const application = await ask('register-application', input)
    setNameInUse(undefined)
    setRegistered({ application, draft: draftOf(at, application, input.redirectUri) })
  })
  const submit = (event: Event) => {
    event.preventDefault()
    const newErrors = {
      ...(!clientName.trim() && { clientName: t('needed') }),
      ...(!URL.canParse(redirectUri.trim()) && { redirectUri: t('redirect_wrong', ownUri) }),
    }
    setErrors(newErrors)
    if (provider && Object.keys(newErrors).length === 0) add.run(provider)
  }

  if (!provider) return null
  return (
    <>
      <form id="register" class="card stack" aria-labelledby="register-title" onSubmit={submit} noValidate>
        <h3 id="register-title" tabIndex={-1}>
          {t('register_title')}
        </h3>
        <Administrator
          state={state}
          provider={provider}
          bound={bound}
          reason={t('register_needs_administrator')}
        />
        <Field
          label={t('client_name')}
          value={clientName}
          onValue={setClientName}
          hint={t('client_name_hint')}
          error={errors.clientName}
        />
        <Select
          label={t('client_type')}
          value={type}
          choices={[
            { value: 'confidential', label: t('client_type_confidential') },
            { value: 'public', label: t('client_type_public') },
          ]}
          onValue={setType}
        />
        <p class="quiet small">{t('client_type_own')}</p>
        <Field
          label={t('redirect_uri')}
          type="url"
          value={redirectUri}
          onValue={setTypedUri}
          hint={[t('redirect_hint'), redirectUri.trim() === ownUri ? t('redirect_is_own') : '']
            .join(' ')
            .trim()}
          error={errors.redirectUri}
        />
        <div class="row last">
          <Button type="submit" look="primary" busy={add.isRunning}>
            {t('add_client')}
          </Button>
        </div>
        {add.problem && <ProblemNotice problem={add.problem} organization={provider.label} />}
        {registered && (
          <ClientCredentials application={registered.application} onUse={() => onUse(registered.draft)} />
        )}
      </form>
      <RedirectAddresses own={state.redirectUri} provider={provider} />
    </>
  )
}

/** Finds an application that has this name already; undefined at an organization that lists no applications. */
const findNamesakeAt = (connectionId: string, name: string): Promise<Application | undefined> =>
  findNamesake(name, (after) =>
    ask('applications', { connectionId, ...(after !== undefined && { after }) }),
  ).catch(() => undefined)

/**
 * Signs in and returns the connection's id, after a look at a fresh state because the page's own may be older than the sign-in.
 *
 * @throws `refused` if the account may not register applications.
 */
const signInAsAdministrator = async (providerId: string): Promise<string> => {
  const connectionId = await ask('sign-in', { providerId, purpose: 'administer' })
  const { connections } = await ask('state')
  if (connections.some((each) => each.id === connectionId && registersApplications(each))) return connectionId
  throw { code: 'refused' }
}

/** The form of the organization where it was registered, whichever one is chosen by then. */
const draftOf = (
  { name, fhirBase, authorizationEndpoint }: Provider,
  { clientId, clientSecret = '' }: RegisteredApplication,
  redirectUri: string,
): Draft => ({ name, fhirBase, authorizationEndpoint, clientId, clientSecret, redirectUri })

/** The redirect addresses to register at an organization, with copy buttons because it compares them exactly. */
const RedirectAddresses = ({ own, provider }: { own: string; provider: Provider }) => (
  <section class="card stack" aria-labelledby="redirects-title">
    <h3 id="redirects-title">{t('redirects_title')}</h3>
    <p class="quiet">{t('redirects_lead', provider.label)}</p>
    {redirectAddresses(own, provider.fhirBase).map(({ browser, address }) => (
      <CopyField
        key={browser}
        label={t(`redirects_${browser}`)}
        value={address}
        hint={address === redirectAddress(own, provider.fhirBase) ? t('redirects_own') : undefined}
      />
    ))}
  </section>
)
