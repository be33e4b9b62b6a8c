import { useState } from 'preact/hooks'
import type { Connection, Provider } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { exactly } from '../ui/words/dates.ts'
import { personName } from '../ui/words/outside-words.ts'
import { Host, SourceLetter } from '../ui/words/source-mark.tsx'
import { useNow } from '../ui/words/when.tsx'
import { find, language, t } from '../ui/words/words.ts'
import { endOf, windowOf } from './frame/connection-chips.tsx'
import { RemoveDialog } from './remove-dialog.tsx'

interface Props {
  provider: Provider
  connections: Connection[]
  busy: boolean
  onSignIn: () => void
  onRemove: (connection: Connection) => void
  onOpen: (connectionId: string) => void
}

export const ProviderCard = ({ provider, connections, busy, onSignIn, onRemove, onOpen }: Props) => {
  const [connectionToRemove, setConnectionToRemove] = useState<Connection>()
  const now = useNow()
  return (
    <article class="card">
      <div class="provider">
        <SourceLetter hue={provider.hue} name={provider.name} />
        <div>
          <h2>{provider.label}</h2>
          <p class="quiet small">
            {provider.about} <Host name={provider.label} host={provider.host} />
          </p>
        </div>
        <Button
          // If a connection is signed in, opening it is the primary action.
          {...(!connections.some(({ signedIn }) => signedIn) && { look: 'primary' as const })}
          busy={busy}
          onClick={onSignIn}
          aria-label={t('sign_in_with', provider.label)}
        >
          {t('sign_in')}
        </Button>
      </div>
      {connections.map((connection) => (
        <div key={connection.id} class="person">
          <div id={`person-${connection.id}`}>
            <p>
              {namesOf(connection)}{' '}
              <span class="quiet small">
                · {connection.signedIn ? windowOf(connection, now) : t('is_signed_out')}
              </span>
            </p>
            {!connection.signedIn && unseenOf(connection).map((words) => <p key={words}>{words}</p>)}
            {connection.endedBy && <p class="quiet small">{endOf(connection)}</p>}
            {connection.visitEndsAt !== undefined && (
              <p class="quiet small">{t('visit_over', provider.label, exactly(connection.visitEndsAt))}</p>
            )}
            {connection.endUntoldUntil !== undefined && (
              <p class="small">{t('end_untold', provider.label, exactly(connection.endUntoldUntil))}</p>
            )}
          </div>
          {connection.signedIn ? (
            <Button
              look="primary"
              onClick={() => onOpen(connection.id)}
              aria-label={t('open_of', personName(connection.person.name))}
            >
              {t('open')}
            </Button>
          ) : (
            // While somebody signs in, a connection may be about to open.
            <Button
              look="plain"
              busy={busy}
              onClick={() => setConnectionToRemove(connection)}
              aria-describedby={`person-${connection.id}`}
            >
              {t('remove_connection')}
            </Button>
          )}
        </div>
      ))}
      {connectionToRemove && (
        <RemoveDialog
          connection={connectionToRemove}
          onConfirm={() => onRemove(connectionToRemove)}
          onClose={() => setConnectionToRemove(undefined)}
        />
      )}
    </article>
  )
}

/** Returns what the toolbar announces of a connection that is signed out, in its words. */
const unseenOf = ({ newAccesses, providerName: name }: Connection): string[] => {
  if (!newAccesses) return []
  const { count, more, erasures } = newAccesses
  const form = more ? 'more' : new Intl.PluralRules(language()).select(count)
  const accesses =
    count > 0
      ? (find(`badge_new_${form}`, name, count) ?? t('badge_new_other', name, count))
      : more && t('badge_behind', name)
  return [erasures && t('badge_erased', name), accesses].filter((words) => typeof words === 'string')
}

/** Names the patient, and also the account if its name differs, because one account may hold the records of several patients. */
const namesOf = ({ person, patient }: Connection): string =>
  patient && patient.name !== person.name
    ? `${personName(patient.name)} (${personName(person.name)})`
    : personName(person.name)
