import { useEffect, useState } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { ask } from '../../messages/ask.ts'
import type { Connection, Provider, State } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Notice, ProblemNotice, REVOCATION_KINDS, SIGNED_OUT_WORDS } from '../../ui/controls/notice.tsx'
import { nameOf, windowOf } from '../../ui/provider/connection-words.ts'
import { DisconnectEverywhere } from '../../ui/provider/disconnect-everywhere.tsx'
import { type EndedConnection, endEverywhere } from '../../ui/provider/end-everywhere.ts'
import { hasHostAccess, requestHostAccess, watchHostAccess } from '../../ui/provider/host-access.ts'
import { useAction } from '../../ui/state/use-action.ts'
import { ofPerson, personName } from '../../ui/words/outside-words.ts'
import { Host, SourceDot } from '../../ui/words/source-mark.tsx'
import { useNow } from '../../ui/words/when.tsx'
import { t } from '../../ui/words/words.ts'

/** What everybody sees first: where they can sign in, and who is signed in. */
export const OrganizationsPage = ({ state }: { state: State }) => {
  const { providers, connections, policy } = state
  const [ended, setEnded] = useState<EndedConnection[]>([])
  const endAll = useAction(async () => setEnded(await endEverywhere(state)))
  const signIn = useAction((provider: Provider) =>
    ask('sign-in', { providerId: provider.id, purpose: 'record' }),
  )
  return (
    <section id="organizations" aria-labelledby="organizations-title" class="stack">
      <h1 id="organizations-title">{t('organizations')}</h1>
      <p class="quiet">{t(providers.length > 0 ? 'home_lead' : 'home_none')}</p>
      <ul class="providers" aria-labelledby="organizations-title">
        {providers.map((provider) => (
          <OrganizationRow
            key={provider.id}
            provider={provider}
            signedIn={connections.filter((each) => each.signedIn && each.providerId === provider.id)}
            busy={signIn.isRunning || state.flow?.status === 'open'}
            onSignIn={() => signIn.run(provider)}
          />
        ))}
      </ul>
      {signIn.problem && <ProblemNotice problem={signIn.problem} />}
      <div class="row">
        {!policy?.locked.includes('providers') && (
          <a class="button" href={browser.runtime.getURL('extension/find/index.html')}>
            {t('add_provider')}
          </a>
        )}
        <DisconnectEverywhere
          state={state}
          label={t('disconnect_everywhere')}
          busy={endAll.isRunning}
          onConfirm={endAll.run}
        />
      </div>
      {endAll.problem && <ProblemNotice problem={endAll.problem} />}
      {ended.map(({ id, outcome, providerName, person }) => (
        <Notice key={id} kind={REVOCATION_KINDS[outcome]}>
          {ofPerson(person.name, t(SIGNED_OUT_WORDS[outcome], providerName))}
        </Notice>
      ))}
    </section>
  )
}

interface RowProps {
  provider: Provider
  signedIn: Connection[]
  busy: boolean
  onSignIn: () => void
}

const OrganizationRow = ({ provider, signedIn, busy, onSignIn }: RowProps) => {
  const now = useNow()
  return (
    <li>
      <span class="tile">
        <SourceDot hue={provider.hue} state={signedIn.length > 0 ? 'full' : 'empty'} large />
      </span>
      <div>
        <p>
          <strong>{provider.label}</strong>
        </p>
        <p class="quiet small">
          {provider.about} <Host name={provider.label} host={provider.host} />
        </p>
      </div>
      {signedIn.map((connection) => (
        <p key={connection.id} class="ends">
          {personName(nameOf(connection))}
          <span class="quiet small">{windowOf(connection, now)}</span>
        </p>
      ))}
      {!provider.builtIn && <HostAccess provider={provider} />}
      {signedIn.length === 0 && (
        <Button busy={busy} onClick={onSignIn} aria-label={t('sign_in_with', provider.label)}>
          {t('sign_in')}
        </Button>
      )}
    </li>
  )
}

/** A button shown if the browser lacks access to the organization's host, because people can deny or revoke it. */
const HostAccess = ({ provider }: { provider: Provider }) => {
  const urls = [provider.fhirBase, provider.authorizationEndpoint]
  const [isMissing, setMissing] = useState(false)
  useEffect(() => {
    const check = () =>
      hasHostAccess(urls).then(
        (has) => setMissing(!has),
        () => setMissing(false),
      )
    check()
    return watchHostAccess(check)
  }, [urls.join()])
  if (!isMissing) return null
  const host = URL.parse(provider.fhirBase)?.hostname ?? ''
  return <Button onClick={() => requestHostAccess(urls)}>{t('allow_host', host)}</Button>
}
