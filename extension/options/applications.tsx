import { useState } from 'preact/hooks'
import { redirectAddress } from '../messages/addresses.ts'
import type { RegisteredApplication } from '../messages/administration.ts'
import { ask } from '../messages/ask.ts'
import type { Connection, State } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { Field } from '../ui/field.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { Select } from '../ui/select.tsx'
import { useAction } from '../ui/use-action.ts'
import { t } from '../ui/words.ts'
import { Administrator } from './administrator.tsx'
import { ClientCredentials } from './client-credentials.tsx'
import { OrganizationApplications } from './organization-applications.tsx'
import { RedirectAddresses } from './redirect-addresses.tsx'
import { RegisteredClients } from './registered-clients.tsx'
import type { Draft } from './scanned-form.ts'

interface Props {
  state: State
  /** Configures an organization with the new registration. */
  onUse: (draft: Draft) => void
}

export const Applications = ({ state, onUse }: Props) => (
  <section id="applications" aria-labelledby="applications-title" class="stack">
    <h2 id="applications-title">{t('applications')}</h2>
    <p class="quiet">{t('applications_lead')}</p>
    {state.policy?.locked.includes('applications') ? (
      <Notice kind="refused">{t('policy_locked_applications')}</Notice>
    ) : state.providers.length > 0 ? (
      <RegisterForm state={state} onUse={onUse} />
    ) : (
      <Notice kind="empty">{t('applications_none')}</Notice>
    )}
    <RegisteredClients />
  </section>
)

const RegisterForm = ({ state, onUse }: Props) => {
  const [chosenId, setChosenId] = useState<string>()
  const [clientName, setClientName] = useState('')
  const [type, setType] = useState('confidential')
  const [typedUri, setTypedUri] = useState<string>()
  const [errors, setErrors] = useState<{ clientName?: string; redirectUri?: string }>({})
  const [registration, setRegistration] = useState<RegisteredApplication>()
  const signedInAt = registrarOf(state)?.providerId
  const provider = state.providers.find(({ id }) => id === (chosenId ?? signedInAt)) ?? state.providers[0]
  const administrator = provider && registrarOf(state, provider.id)
  // The chosen organization's address, until the person types another.
  const ownUri = provider ? redirectAddress(state.redirectUri, provider.fhirBase) : ''
  const redirectUri = typedUri ?? ownUri

  const add = useAction(async (providerId: string) => {
    setRegistration(undefined)
    const registrar = administrator ?? (await signInAsAdministrator(providerId))
    const input = {
      connectionId: registrar.id,
      clientName: clientName.trim(),
      redirectUri: redirectUri.trim(),
      isPublic: type === 'public',
    }
    setRegistration(await ask('register-application', input))
  })
  const submit = (event: Event) => {
    event.preventDefault()
    const newErrors = {
      ...(!clientName.trim() && { clientName: t('needed') }),
      ...(!URL.canParse(redirectUri.trim()) && { redirectUri: t('redirect_wrong', ownUri) }),
    }
    setErrors(newErrors)
    if (provider && Object.keys(newErrors).length === 0) add.run(provider.id)
  }

  if (!provider) return null
  return (
    <>
      <form class="card stack" aria-labelledby="register-title" onSubmit={submit} noValidate>
        <h3 id="register-title">{t('register_title')}</h3>
        <Administrator
          state={state}
          providerId={provider.id}
          onProvider={setChosenId}
          administrator={administrator}
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
        {registration && (
          <ClientCredentials
            application={registration}
            onUse={() => onUse({ ...addressesOf(provider), ...credentials(registration), redirectUri })}
          />
        )}
      </form>
      <RedirectAddresses own={state.redirectUri} provider={provider} />
      {administrator && <OrganizationApplications key={administrator.id} connection={administrator} />}
    </>
  )
}

const registrarOf = ({ connections }: State, providerId?: string): Connection | undefined =>
  connections.find(
    (each) =>
      each.signedIn &&
      each.can.registerApplications &&
      (providerId === undefined || each.providerId === providerId),
  )

/**
 * Signs in and returns the connection, from a fresh state because the page's own may be older than the sign-in.
 *
 * @throws `refused` if the account may not register applications.
 */
const signInAsAdministrator = async (providerId: string): Promise<Connection> => {
  await ask('sign-in', { providerId, purpose: 'administer' })
  const connection = registrarOf(await ask('state'), providerId)
  if (connection) return connection
  throw { code: 'refused' }
}

const addressesOf = ({ name, fhirBase, authorizationEndpoint }: State['providers'][number]) => ({
  name,
  fhirBase,
  authorizationEndpoint,
})

const credentials = ({ clientId, clientSecret }: RegisteredApplication) => ({
  clientId,
  clientSecret: clientSecret ?? '',
})
