import type { ComponentChildren } from 'preact'
import type { Connection, State } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { DisconnectEverywhere } from '../ui/disconnect-everywhere.tsx'
import { t } from '../ui/words.ts'
import { ProviderCard } from './provider-card.tsx'
import { openOptions, openPage, Shell } from './shell.tsx'

interface Props {
  state: State
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  notices: ComponentChildren
  onSignIn: (providerId: string) => void
  onEnd: (request: 'remove-connection', connection: Connection) => void
  onOpen: (connectionId: string) => void
  /** Returns to the connection that was open before. */
  onBack: (() => void) | undefined
}

/** The list of organizations, each with its connections. */
export const Home = ({ state, busy, notices, onSignIn, onEnd, onOpen, onBack }: Props) => {
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
        <DisconnectEverywhere state={state} />
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
