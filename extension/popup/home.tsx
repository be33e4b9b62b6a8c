import type { ComponentChildren } from 'preact'
import type { Connection, State } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { Lens } from '../ui/controls/icons.tsx'
import { useLater } from '../ui/controls/skeleton.tsx'
import { t } from '../ui/words/words.ts'
import { openOptions, openPage, Shell } from './frame/shell.tsx'
import { ProviderCard } from './provider-card.tsx'

interface Props {
  state: State
  organizations: ComponentChildren
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  notices: ComponentChildren
  onSignIn: (providerId: string) => void
  onEndVisit: (visit: Connection) => void
  onOpen: (connectionId: string) => void
  /** Opens the page of a connection itself. */
  onManage: (connectionId: string) => void
  /** Returns to the connection that was open before. */
  onBack: (() => void) | undefined
}

/** The list of organizations, each with its connections. */
export const Home = (props: Props) => {
  const { state, organizations, busy, notices, onSignIn, onEndVisit, onOpen, onManage, onBack } = props
  const later = useLater(() => import('./after-first-paint.ts'))
  const isFirst = state.providers.length === 0
  return (
    <Shell
      title={t('carekey')}
      hasOwnHeading
      view="home"
      organizations={organizations}
      canLock={state.lock !== undefined}
      onBack={onBack}
    >
      <div class="home stack">
        <div>
          <h1 class="statement">{t('home_title')}</h1>
          <p class="quiet">{t(isFirst ? 'home_none' : 'home_lead')}</p>
        </div>
        {notices}
        <ul class="lines providers">
          {state.providers.map((provider) => (
            <ProviderCard
              key={provider.id}
              provider={provider}
              connections={state.connections.filter((each) => each.providerId === provider.id)}
              busy={busy}
              onSignIn={() => onSignIn(provider.id)}
              onOpen={onOpen}
              onManage={onManage}
            />
          ))}
        </ul>
        {later && <later.LaunchedVisits launched={state.launched} onEnd={onEndVisit} />}
        {!state.policy?.locked.includes('providers') && (
          <Button look={isFirst ? 'primary' : 'plain'} onClick={() => openPage('find')}>
            <Lens /> {t('add_provider')}
          </Button>
        )}
        <p class="end row spread small">
          <span class="quiet">{t('home_promise')}</span>
          <Button look="plain" onClick={() => openOptions('about')}>
            {t('what_it_keeps')}
          </Button>
        </p>
      </div>
    </Shell>
  )
}
