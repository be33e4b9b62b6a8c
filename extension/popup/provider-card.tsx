import type { Connection, Provider } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { Chevron } from '../ui/controls/icons.tsx'
import { endWordsOf, windowOf } from '../ui/provider/connection-words.ts'
import { personName } from '../ui/words/outside-words.ts'
import { Host, SourceDot } from '../ui/words/source-mark.tsx'
import { useNow } from '../ui/words/when.tsx'
import { find, language, t } from '../ui/words/words.ts'

interface Props {
  provider: Provider
  connections: Connection[]
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  onSignIn: () => void
  onOpen: (connectionId: string) => void
  /** Opens the page of a connection itself. */
  onManage: (connectionId: string) => void
}

/** One organization of the list, with a line for each person. */
export const ProviderCard = ({ provider, connections, busy, onSignIn, onOpen, onManage }: Props) => {
  const now = useNow()
  return (
    <li class="provider">
      <span class="tile">
        <SourceDot hue={provider.hue} large />
      </span>
      <div>
        <h2>{provider.label}</h2>
        <p class="quiet small">
          {provider.about} <Host name={provider.label} host={provider.host} />
        </p>
      </div>
      <Button busy={busy} onClick={onSignIn} aria-label={t('sign_in_with', provider.label)}>
        {t('sign_in')}
      </Button>
      {connections.map((connection) => (
        <div key={connection.id} class="person">
          {connection.signedIn ? (
            <>
              <p>
                {namesOf(connection)} <span class="quiet small">· {windowOf(connection, now)}</span>
              </p>
              <Button
                look="primary"
                onClick={() => onOpen(connection.id)}
                aria-label={t('open_of', personName(connection.person.name))}
              >
                {t('open')}
              </Button>
            </>
          ) : (
            <>
              <button type="button" class="go" onClick={() => onManage(connection.id)}>
                <span class="grow">
                  {namesOf(connection)} <span class="quiet small">· {t('is_signed_out')}</span>
                </span>
                <Chevron />
              </button>
              {unseenOf(connection).map((words) => (
                <p key={words}>{words}</p>
              ))}
              {endWordsOf(connection).map((words) => (
                <p key={words} class="quiet small">
                  {words}
                </p>
              ))}
            </>
          )}
        </div>
      ))}
    </li>
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
