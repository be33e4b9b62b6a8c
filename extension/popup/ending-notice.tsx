import type { State } from '../messages/state.ts'
import { Button } from '../ui/button.tsx'
import { timeLeft } from '../ui/dates.ts'
import { Notice } from '../ui/notice.tsx'
import { useNow } from '../ui/when.tsx'
import { t } from '../ui/words.ts'

const SOON = 5 * 60_000

interface Props {
  state: State
  /** A sign-in window is open; browsers allow one. */
  busy: boolean
  onSignIn: (providerId: string) => void
}

/** Warns about grants that end soon, while signing in again still avoids an interruption. */
export const EndingNotice = ({ state, busy, onSignIn }: Props) => {
  const now = useNow()
  return (
    <>
      {state.connections.map(({ id, providerId, providerName, signedIn, endsAt }) => {
        if (!signedIn || endsAt === undefined || endsAt - now > SOON) return null
        return (
          <Notice
            key={id}
            kind="waiting"
            actions={
              <Button busy={busy} onClick={() => onSignIn(providerId)}>
                {t('sign_in_again')}
              </Button>
            }
          >
            {t('ends_soon', providerName, timeLeft(endsAt, now))}
          </Notice>
        )
      })}
    </>
  )
}
