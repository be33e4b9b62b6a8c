import type { Connection } from '../messages/state.ts'
import { timeLeft } from '../ui/dates.ts'
import { SourceDot } from '../ui/source.tsx'
import { useNow } from '../ui/use-now.ts'
import { t } from '../ui/words.ts'

interface Props {
  connections: Connection[]
  current: string
  onOpen: (connectionId: string) => void
  onAdd: () => void
}

/** What remains of what was allowed: `47 min left`, `until 24 Dec`, `this visit`. */
export const windowOf = ({ endsAt, staysConnected }: Connection, now: number): string =>
  endsAt !== undefined ? timeLeft(endsAt, now) : t(staysConnected ? 'left_open' : 'left_visit')

export const ConnectionChips = ({ connections, current, onOpen, onAdd }: Props) => {
  const now = useNow()
  const signedIn = connections.filter((connection) => connection.signedIn)
  const isShared = ({ providerId }: Connection) =>
    signedIn.filter((other) => other.providerId === providerId).length > 1
  return (
    <fieldset class="row" aria-label={t('connections')}>
      {signedIn.map((connection) => (
        <button
          key={connection.id}
          type="button"
          class="chip"
          aria-pressed={connection.id === current}
          onClick={() => onOpen(connection.id)}
          {...(connection.endsAt && { title: new Date(connection.endsAt).toLocaleString() })}
        >
          <SourceDot hue={connection.hue} />
          <strong>{connection.providerName}</strong>
          {isShared(connection) && `${connection.person.name} · `}
          {windowOf(connection, now)}
        </button>
      ))}
      <button type="button" class="chip" onClick={onAdd}>
        {t('add')}
      </button>
    </fieldset>
  )
}
