import type { Connection, LaunchedConnection } from '../../messages/state.ts'
import { connectionsOf, personOf } from '../../record/person.ts'
import { exactly, timeLeft } from '../../ui/words/dates.ts'
import { personName } from '../../ui/words/outside-words.ts'
import { Host, SourceDot } from '../../ui/words/source-mark.tsx'
import { useNow } from '../../ui/words/when.tsx'
import { t } from '../../ui/words/words.ts'

interface Props {
  connections: Connection[]
  /** The chosen connection; its chip is marked. */
  current: Connection
  onOpen: (connectionId: string) => void
  onAdd: () => void
}

/** Returns the time that a grant still lasts: `47 min left`, `until 24 Dec`, `this visit`. */
export const windowOf = ({ endsAt, staysConnected }: Connection, now: number): string =>
  endsAt !== undefined ? timeLeft(endsAt, now) : t(staysConnected ? 'left_open' : 'left_visit')

/** A chip for each organization of the person on screen, and one for each other person. */
export const ConnectionChips = ({ connections, current, onOpen, onAdd }: Props) => {
  const now = useNow()
  return (
    <fieldset class="row" aria-label={t('connections')}>
      {connectionsOf(connections, current).map((connection) => (
        <button
          key={connection.id}
          type="button"
          class="chip"
          aria-pressed={connection.id === current.id}
          onClick={() => onOpen(connection.id)}
          {...(connection.endsAt && { title: exactly(connection.endsAt) })}
        >
          <SourceDot hue={connection.hue} />
          <strong>{connection.providerName}</strong>
          <Host name={connection.providerName} host={connection.host} />
          {windowOf(connection, now)}
        </button>
      ))}
      {othersOf(connections, current).map((theirs) => (
        <button
          key={theirs[0].id}
          type="button"
          class="chip"
          aria-pressed={false}
          onClick={() => onOpen(theirs[0].id)}
        >
          {theirs.map(({ id, hue }) => (
            <SourceDot key={id} hue={hue} />
          ))}
          <strong>{personName(nameOf(theirs[0]))}</strong>
          {theirs.map(({ providerName }) => providerName).join(', ')}
        </button>
      ))}
      <button type="button" class="chip" onClick={onAdd}>
        {t('add')}
      </button>
    </fieldset>
  )
}

const othersOf = (connections: Connection[], current: Connection): [Connection, ...Connection[]][] => {
  const people = Map.groupBy(
    connections.filter(({ signedIn }) => signedIn),
    personOf,
  )
  people.delete(personOf(current))
  return [...people.values()] as [Connection, ...Connection[]][]
}

/** Names the person whose connection it is, as recorded: a sentence takes `personName` of it. */
export const nameOf = ({ patient, person }: Connection): string => patient?.name ?? person.name

/** Names whose access ended: of a visit that is closed who opened it, as the list does, and never its patient. */
export const endedNameOf = (connection: Connection | LaunchedConnection): string =>
  'needsBanner' in connection ? connection.person.name : nameOf(connection)

/** States whose connection ended, by whom or what, and when, as far as that is known. */
export const endOf = (connection: Connection): string => {
  const { endedBy, endedAt, providerName } = connection
  const name = personName(nameOf(connection))
  const when = endedAt === undefined ? '' : exactly(endedAt)
  if (endedBy === 'organization') return t('ended_by_organization', name, providerName, when)
  if (endedBy === 'time') return t('ended_by_time', providerName, when)
  return t('ended_by_change', name, providerName)
}
