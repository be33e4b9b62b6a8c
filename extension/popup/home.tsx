import type { ComponentChildren } from 'preact'
import type { Connection, State } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { DisconnectEverywhere, type EndedConnection } from '../ui/provider/disconnect-everywhere.tsx'
import { personName } from '../ui/words/outside-words.ts'
import { useNow } from '../ui/words/when.tsx'
import { t } from '../ui/words/words.ts'
import { windowOf } from './frame/connection-chips.tsx'
import { openOptions, openPage, Shell } from './frame/shell.tsx'
import { ProviderCard } from './provider-card.tsx'

interface Props {
  state: State
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  notices: ComponentChildren
  onSignIn: (providerId: string) => void
  onEnd: (request: 'sign-out' | 'remove-connection', connection: Connection) => void
  onEndAll: (ended: EndedConnection[]) => void
  onOpen: (connectionId: string) => void
  /** Returns to the connection that was open before. */
  onBack: (() => void) | undefined
}

/** The list of organizations, each with its connections. */
export const Home = ({ state, busy, notices, onSignIn, onEnd, onEndAll, onOpen, onBack }: Props) => {
  const now = useNow()
  const visits = state.launched.filter(({ signedIn }) => signedIn)
  return (
    <Shell
      title={t('carekey')}
      hasOwnHeading
      view="home"
      canLock={state.lock !== undefined}
      onBack={onBack}
      footer={
        <>
          <p class="quiet small">{t('home_promise')}</p>
          <Button look="plain" onClick={() => openOptions('about')}>
            {t('what_it_keeps')}
          </Button>
        </>
      }
    >
      <div class="stack">
        <div>
          <h1 class="headline">{t('home_title')}</h1>
          <p class="quiet">{t(state.providers.length > 0 ? 'home_lead' : 'home_none')}</p>
        </div>
        {notices}
        <ul class="stack providers">
          {state.providers.map((provider) => (
            <li key={provider.id}>
              <ProviderCard
                provider={provider}
                connections={state.connections.filter((each) => each.providerId === provider.id)}
                busy={busy}
                onSignIn={() => onSignIn(provider.id)}
                onRemove={(connection) => onEnd('remove-connection', connection)}
                onOpen={onOpen}
              />
            </li>
          ))}
        </ul>
        {/* Does not name the patient: anybody who opens the popup sees this list, and a visit has its own page. */}
        {visits.length > 0 && (
          <section class="card" aria-labelledby="visits-title">
            <h2 id="visits-title">{t('launch_visits')}</h2>
            {visits.map((visit) => (
              <div key={visit.id} class="person">
                <p>
                  {t('launch_title')}{' '}
                  <span class="quiet small">
                    · {visit.providerName} · {personName(visit.person.name)} · {windowOf(visit, now)}
                  </span>
                </p>
                <Button onClick={() => onEnd('sign-out', visit)}>{t('launch_close')}</Button>
              </div>
            ))}
          </section>
        )}
        <DisconnectEverywhere state={state} onEnded={onEndAll} />
        {!state.policy?.locked.includes('providers') && (
          <Button
            {...(state.providers.length === 0 && { look: 'primary' as const })}
            onClick={() => openPage('find')}
          >
            {t('add_provider')}
          </Button>
        )}
      </div>
    </Shell>
  )
}
