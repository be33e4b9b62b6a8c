import { useState } from 'preact/hooks'
import type { Connection, State } from '../../messages/state.ts'
import { connectionsOf, leftOutOf } from '../../record/person.ts'
import { endsSoon, windowOf } from '../../ui/provider/connection-words.ts'
import { timeLeftInShort } from '../../ui/words/dates.ts'
import { SourceDot } from '../../ui/words/source-mark.tsx'
import { useNow } from '../../ui/words/when.tsx'
import { t } from '../../ui/words/words.ts'

type Later = typeof import('../after-first-paint.ts')

export interface OrganizationsProps {
  state: State
  /** The connection whose record is open; undefined in the list of organizations. */
  current: Connection | undefined
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  /** Opens the record of a connection. */
  onOpen: (connectionId: string) => void
  /** Opens the page of a connection itself. */
  onManage: (connectionId: string) => void
  onAdd: () => void
  onSignIn: (providerId: string) => void
  onEndAll: () => void
}

/** One button for all connections: their marks and the shortest time left. It opens the sheet `Organizations`. */
export const Organizations = (props: OrganizationsProps & { later: Later | undefined }) => {
  const [isOpen, setOpen] = useState(false)
  const now = useNow()
  const { connections } = props.state
  const shown = props.current
    ? [
        ...connectionsOf(connections, props.current),
        ...leftOutOf(connections, props.current).filter(({ endedBy }) => endedBy),
      ]
    : connections.filter(({ signedIn }) => signedIn)
  const ends = ({ endsAt = Number.POSITIVE_INFINITY }: Connection) => endsAt
  const [first] = shown.filter(({ signedIn }) => signedIn).toSorted((a, b) => ends(a) - ends(b))
  if (!first) return null
  const label = t('organizations_left', shown.length, windowOf(first, now))
  return (
    <>
      <button
        type="button"
        class="pill"
        aria-haspopup="dialog"
        aria-label={label}
        title={label}
        onClick={() => setOpen(true)}
      >
        <span class="marks">
          {shown.map(({ id, hue, signedIn }) => (
            <SourceDot key={id} hue={hue} state={signedIn ? 'full' : 'empty'} />
          ))}
        </span>
        {first.endsAt !== undefined && (
          <span class={endsSoon(first, now) ? 'caution' : undefined}>
            {timeLeftInShort(first.endsAt, now)}
          </span>
        )}
      </button>
      {isOpen && props.later && <props.later.OrganizationsSheet {...props} onClose={() => setOpen(false)} />}
    </>
  )
}
