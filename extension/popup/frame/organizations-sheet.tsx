import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Connection } from '../../messages/state.ts'
import { connectionsOf, personOf } from '../../record/person.ts'
import { Button } from '../../ui/controls/button.tsx'
import { Dialog } from '../../ui/controls/dialog.tsx'
import { Chevron, Cross, Plus } from '../../ui/controls/icons.tsx'
import { endsSoon, nameOf, windowOf } from '../../ui/provider/connection-words.ts'
import { DisconnectEverywhere } from '../../ui/provider/disconnect-everywhere.tsx'
import { allSignedIn } from '../../ui/provider/end-everywhere.ts'
import { clock, day } from '../../ui/words/dates.ts'
import { personName } from '../../ui/words/outside-words.ts'
import { Host, SourceDot } from '../../ui/words/source-mark.tsx'
import { useNow } from '../../ui/words/when.tsx'
import { t } from '../../ui/words/words.ts'
import { readsInShort } from './may-read.ts'
import type { OrganizationsProps } from './organizations.tsx'

/** All connections: those of the person whose record is open, then other people's, then those that are signed out. */
export const OrganizationsSheet = (props: OrganizationsProps & { onClose: () => void }) => {
  const { state, current, busy, onOpen, onManage, onAdd, onSignIn, onEndAll, onClose } = props
  const id = useId()
  const now = useNow()
  const { connections } = state
  const signedIn = connections.filter((each) => each.signedIn)
  const own = current ? connectionsOf(connections, current) : signedIn
  /** Closes the sheet first, so that the focus goes where the button leads. */
  const then = (act: () => void) => () => {
    onClose()
    act()
  }
  return (
    <Dialog titleId={id} look="sheet" onClose={onClose}>
      <div class="row spread">
        <h2 id={id}>{t('organizations')}</h2>
        <button type="button" class="square" aria-label={t('close')} title={t('close')} onClick={onClose}>
          <Cross />
        </button>
      </div>
      <ul class="lines">
        {own.map((connection) => (
          <li key={connection.id}>
            <button type="button" class="go" onClick={then(() => onManage(connection.id))}>
              <SourceDot hue={connection.hue} large />
              <About connection={connection}>
                {!current && `${personName(nameOf(connection))} · `}
                {readsInShort(connection)}
              </About>
              <Ends connection={connection} now={now} />
              <Chevron />
            </button>
          </li>
        ))}
        {current &&
          othersOf(signedIn, current).map((theirs) => (
            <li key={theirs[0].id}>
              <button type="button" class="go" onClick={then(() => onOpen(theirs[0].id))}>
                <span class="marks">
                  {theirs.map(({ id, hue }) => (
                    <SourceDot key={id} hue={hue} />
                  ))}
                </span>
                <span class="grow">
                  <strong>{personName(nameOf(theirs[0]))}</strong>
                  <span class="quiet small">{theirs.map(({ providerName }) => providerName).join(', ')}</span>
                </span>
                <Chevron />
              </button>
            </li>
          ))}
        {connections.flatMap((connection) =>
          connection.signedIn ? (
            []
          ) : (
            <li key={connection.id}>
              <button
                type="button"
                class="go"
                id={`${id}-${connection.id}`}
                onClick={then(() => onManage(connection.id))}
              >
                <SourceDot hue={connection.hue} state="empty" large />
                <About connection={connection}>
                  {personName(nameOf(connection))} · {t(connection.endedBy ? 'left_over' : 'is_signed_out')}
                </About>
              </button>
              <Button
                look="plain"
                busy={busy}
                aria-describedby={`${id}-${connection.id}`}
                onClick={then(() => onSignIn(connection.providerId))}
              >
                {t('sign_in_again')}
              </Button>
            </li>
          ),
        )}
      </ul>
      <div class="row spread">
        <Button onClick={then(onAdd)}>
          <Plus /> {t('find_title')}
        </Button>
        {allSignedIn(state).length > 1 && (
          <DisconnectEverywhere
            state={state}
            label={t('sign_out_all')}
            look="plain"
            onConfirm={then(onEndAll)}
          />
        )}
      </div>
    </Dialog>
  )
}

const About = ({ connection, children }: { connection: Connection; children: ComponentChildren }) => (
  <span class="grow">
    <strong>{connection.providerName}</strong>
    <Host name={connection.providerName} host={connection.host} />
    <span class="quiet small">{children}</span>
  </span>
)

/** The time left, and when that is. */
const Ends = ({ connection, now }: { connection: Connection; now: number }) => {
  const { endsAt } = connection
  return (
    <span class="ends small">
      <span class={endsSoon(connection, now) ? 'caution' : undefined}>{windowOf(connection, now)}</span>
      {endsAt !== undefined && day(endsAt) === day(now) && (
        <span class="quiet until">{t('until_time', clock(endsAt))}</span>
      )}
    </span>
  )
}

const othersOf = (signedIn: Connection[], current: Connection): [Connection, ...Connection[]][] => {
  const people = Map.groupBy(signedIn, personOf)
  people.delete(personOf(current))
  return [...people.values()] as [Connection, ...Connection[]][]
}
